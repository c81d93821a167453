"""The programs that draw panels. One vertex shader sees through a distorting lens, one through a lamp."""

# Every pass has to throw away the same texels: the test reads one level of detail, in one place.
SOLID = """
uniform sampler2D substance;
bool solid(vec2 at) { return textureLod(substance, at, 0.0).r > 0.5; }
"""

SHADOW_VERTEX = """
#version 330
uniform mat4 to_clip;
in vec3 in_point; in vec2 in_uv;
out vec2 uv;
void main() { uv = in_uv; gl_Position = to_clip * vec4(in_point, 1.0); }
"""

VIEW_VERTEX = """
#version 330
uniform mat4 to_camera; uniform vec4 focal; uniform vec4 lens; uniform float k3; uniform vec2 size;
in vec3 in_point; in vec3 in_normal; in vec3 in_tangent; in vec2 in_uv;
out vec3 point; out vec3 normal; out vec3 tangent; out vec2 uv; out float depth;
void main() {
    vec3 c = (to_camera * vec4(in_point, 1.0)).xyz;
    vec2 p = c.xy / max(c.z, 1.0);
    float r2 = min(dot(p, p), 0.5);  // further out the polynomial folds back into the picture
    float radial = 1.0 + r2 * (lens.x + r2 * (lens.y + r2 * k3));
    vec2 q = clamp(p, -0.7, 0.7);
    vec2 d = p * radial + vec2(2.0 * lens.z * q.x * q.y + lens.w * (r2 + 2.0 * q.x * q.x),
                               lens.z * (r2 + 2.0 * q.y * q.y) + 2.0 * lens.w * q.x * q.y);
    vec2 pixel = d * focal.xy + focal.zw;
    vec2 ndc = (pixel + 0.5) / size * 2.0 - 1.0;
    float near = 60.0, far = 4000.0;
    gl_Position = vec4(ndc * c.z, (c.z * (far + near) - 2.0 * far * near) / (far - near), c.z);
    point = in_point; normal = in_normal; tangent = in_tangent; uv = in_uv; depth = c.z;
}
"""

FACING = """
in vec3 point; in vec3 normal; in vec3 tangent; in vec2 uv; in float depth;
uniform vec3 eye;
float facing() {
    vec3 flat_ = cross(dFdx(point), dFdy(point));
    flat_ *= sign(dot(flat_, eye - point));
    return dot(flat_, normal) < 0.0 ? -1.0 : 1.0;
}
"""

# Two numbers for a direction: Cigolle et al., "A Survey of Efficient Representations for Independent Unit Vectors".
FOLDED = """
vec2 folded(vec3 n) {
    vec2 p = n.xy / (abs(n.x) + abs(n.y) + abs(n.z));
    return n.z >= 0.0 ? p : (1.0 - abs(p.yx)) * vec2(p.x >= 0.0 ? 1.0 : -1.0, p.y >= 0.0 ? 1.0 : -1.0);
}
vec3 unfolded(vec2 p) {
    vec3 n = vec3(p, 1.0 - abs(p.x) - abs(p.y));
    float under = max(-n.z, 0.0);
    return normalize(n - vec3(n.x >= 0.0 ? under : -under, n.y >= 0.0 ? under : -under, 0.0));
}
"""

# What was there before it was cut away: a hole is damage although nothing is left in it to be marked.
VEIL_FRAGMENT = f"""
#version 330
in vec2 uv; in float depth;
{SOLID}
uniform usampler2D marks;
layout(location = 0) out float out_depth;
layout(location = 1) out uvec2 out_marks;
void main() {{
    uint mark = textureLod(marks, uv, 0.0).r;
    if (solid(uv) || mark == 0u) discard;
    out_depth = depth;
    out_marks = uvec2(0u, mark);
}}
"""


def shadow_fragment(cut: bool) -> str:
    return f"#version 330\nin vec2 uv;\n{_cut(cut)}\nvoid main() {{ leave_out(); }}"


def truth_fragment(cut: bool) -> str:
    """Depth, part and marks, normal."""
    return f"""
#version 330
{FACING}
{_cut(cut)}
uniform usampler2D marks; uniform uint part;
layout(location = 0) out float out_depth;
layout(location = 1) out uvec2 out_marks;
layout(location = 2) out vec4 out_normal;
void main() {{
    float side = facing();
    leave_out();
    out_depth = depth;
    out_marks = uvec2(part, textureLod(marks, uv, 0.0).r);
    out_normal = vec4(normalize(normal) * side, 1.0);
}}
"""


def surface_fragment(cut: bool) -> str:
    """What light falls on: root of the albedo, roughness; the normals with and without relief, folded; the point,
    and 1."""
    return f"""
#version 330
{FACING}
{FOLDED}
{_cut(cut)}
uniform sampler2D skin; uniform sampler2D relief; uniform vec3 lining;
layout(location = 0) out vec4 out_skin;
layout(location = 1) out vec4 out_normals;
layout(location = 2) out vec4 out_point;
void main() {{
    float side = facing();
    leave_out();
    vec3 even = normalize(normal), t = normalize(tangent), b = cross(t, even);
    vec2 slope = texture(relief, uv).rg * 2.0 - 256.0 / 255.0;
    vec4 outside = texture(skin, uv);
    out_skin = side > 0.0 ? vec4(sqrt(outside.rgb), outside.a) : vec4(sqrt(lining), 0.85);
    even *= side;
    out_normals = vec4(folded(normalize(even - side * (slope.x * t + slope.y * b))), folded(even));
    out_point = vec4(point, 1.0);
}}
"""


def _cut(cut: bool) -> str:
    """A panel without holes is drawn faster by a program that does not look for them."""
    return SOLID + "void leave_out() { if (!solid(uv)) discard; }" if cut else "void leave_out() {}"
