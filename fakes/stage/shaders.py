"""The programs that run on the software GPU. One vertex shader sees through a distorting lens, one through a lamp."""

from fakes.stage.lights import DOMES, LIGHTS

POINTS = sum(len(light.points) for light in LIGHTS.values())
MAPS = POINTS + DOMES
SHADOW_PX = 640
ATLAS = (8, 4)
"""Columns and rows of shadow maps in their one texture; holds MAPS of them."""

# Both passes have to throw away the same texels: the alpha test reads one level of detail, in one place.
SOLID = """
uniform sampler2D surface;
bool solid(vec2 at) { return textureLod(surface, at, 0.0).a > 0.5; }
"""

SHADOW_VERTEX = """
#version 330
uniform mat4 to_clip;
in vec3 in_point; in vec2 in_uv;
out vec2 uv;
void main() { uv = in_uv; gl_Position = to_clip * vec4(in_point, 1.0); }
"""

SHADOW_FRAGMENT = f"""
#version 330
in vec2 uv;
{SOLID}
void main() {{ if (!solid(uv)) discard; }}
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

TRUTH_FRAGMENT = f"""
#version 330
{FACING}
{SOLID}
uniform usampler2D marks; uniform uint part;
layout(location = 0) out float out_depth;
layout(location = 1) out uvec2 out_marks;
layout(location = 2) out vec4 out_normal;
void main() {{
    float side = facing();
    if (!solid(uv)) discard;
    out_depth = depth;
    out_marks = uvec2(part, textureLod(marks, uv, 0.0).r);
    out_normal = vec4(normalize(normal) * side, 1.0);
}}
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

COLOUR_FRAGMENT = f"""
#version 330
{FACING}
{SOLID}
uniform sampler2D skin; uniform vec3 lining;
uniform sampler2DShadow shadows;
uniform mat4 to_lamp[{MAPS}]; uniform vec3 lamps[{POINTS}]; uniform vec3 dome[{DOMES}];
uniform float power[5]; uniform int first[6];
layout(location = 0) out vec4 out_light[6];

float seen(int map_, vec3 at, vec3 n, float turn) {{
    vec4 c = to_lamp[map_] * vec4(at + n * 1.2, 1.0);
    vec3 s = c.xyz / c.w * 0.5 + 0.5;
    if (any(lessThan(s.xy, vec2(0.0))) || any(greaterThan(s.xy, vec2(1.0)))) return 1.0;
    s.z -= 0.0006;
    vec2 off = 1.6 / {SHADOW_PX}.0 * vec2(cos(turn), sin(turn));
    vec2 tile = vec2(float(map_ % {ATLAS[0]}), float(map_ / {ATLAS[0]})), grid = vec2({ATLAS[0]}.0, {ATLAS[1]}.0);
    float lo = 1.0 / {SHADOW_PX}.0, hi = 1.0 - lo;
    return 0.5 * (texture(shadows, vec3((tile + clamp(s.xy + off, lo, hi)) / grid, s.z))
                + texture(shadows, vec3((tile + clamp(s.xy - off, lo, hi)) / grid, s.z)));
}}

float shine(vec3 n, vec3 v, vec3 l, float alpha) {{
    vec3 h = normalize(l + v);
    float nl = max(dot(n, l), 0.0), nv = max(dot(n, v), 0.05), nh = max(dot(n, h), 0.0), lh = max(dot(l, h), 0.0);
    float a2 = alpha * alpha, d = nh * nh * (a2 - 1.0) + 1.0;
    float k = alpha * 0.5;
    float g = 1.0 / ((nl * (1.0 - k) + k) * (nv * (1.0 - k) + k));
    float f = 0.04 + 0.96 * pow(1.0 - lh, 5.0);
    return a2 / (3.14159 * d * d) * g * f * 0.25 * nl;
}}

vec3 towards(int light, vec3 at, vec3 r) {{  // the point of a long lamp that a mirror would show
    if (light == 0) {{
        float t = max((lamps[0].z - at.z) / max(r.z, 0.05), 0.0);
        vec2 hit = at.xy + r.xy * t;
        return vec3(normalize(hit + 1e-4) * length(lamps[0].xy), lamps[0].z);
    }}
    vec3 a = lamps[first[light]], ab = (lamps[first[light + 1] - 1] - a);
    a -= ab * 0.167; ab *= 1.333;
    vec3 m = a - at, c = ab - dot(ab, r) * r, e = m - dot(m, r) * r;
    return a + ab * clamp(-dot(e, c) / max(dot(c, c), 1e-3), 0.0, 1.0);
}}

void main() {{
    float side = facing();
    if (!solid(uv)) discard;
    vec4 relief = texture(surface, uv);
    vec3 n = normalize(normal) * side, t = normalize(tangent), b = cross(t, normalize(normal));
    vec2 slope = (relief.xy * 2.0 - 256.0 / 255.0) * side;
    vec3 albedo = side > 0.0 ? texture(skin, uv).rgb : lining;
    float rough = side > 0.0 ? relief.z : 0.85;
    vec3 geometric = n;
    n = normalize(n - slope.x * t - slope.y * b);
    vec3 v = normalize(eye - point), r = reflect(-v, n);
    float turn = 6.2832 * fract(52.9829 * fract(dot(gl_FragCoord.xy, vec2(0.06711, 0.00584))));
    for (int light = 0; light < 5; light++) {{
        float lit = 0.0, open = 0.0;
        int count = first[light + 1] - first[light];
        for (int i = first[light]; i < first[light + 1]; i++) {{
            vec3 to = lamps[i] - point;
            float d2 = dot(to, to), cosine = max(dot(n, to) * inversesqrt(d2), 0.0);
            float s = dot(geometric, to) > 0.0 ? seen(i, point, geometric, turn + float(i)) : 0.0;
            lit += s * cosine / d2; open += s;
        }}
        vec3 to = towards(light, point, r) - point;
        float spread = clamp(rough * rough + 18.0 / length(to), 0.0, 1.0);
        float glint = shine(n, v, normalize(to), spread) / dot(to, to) * open;
        out_light[light] = vec4((albedo * lit / 3.14159 + glint) * power[light] / float(count), 1.0);
    }}
    float sky = 0.0;
    for (int i = 0; i < {DOMES}; i++)
        sky += max(dot(n, dome[i]), 0.0) * seen({POINTS} + i, point, geometric, turn + float(i));
    float bounce = 0.10 * (0.6 - 0.4 * n.z);
    out_light[5] = vec4(albedo * (sky * 1.5 / {DOMES}.0 + bounce), 1.0);
}}
"""
