"""The program that lights what the surface pass has drawn, several samples a pixel.

What a lamp's points reach is looked up once a pixel, as the sum of the directions to those that are not hidden
(weighted with their irradiance); samples that belong to different surfaces look for themselves.
"""

from fakes.stage.lights import DOMES, LAMP_POINTS, LIGHTS
from fakes.stage.shaders import FOLDED

POINTS = sum(len(light.points) for light in LIGHTS.values())

WHOLE_VERTEX = """
#version 330
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }
"""

# `to_map` takes a point to its place in the atlas; `tile` is what of the atlas belongs to the map, less half a texel.
HIDDEN = """
float seen(sampler2DShadow maps, mat4 to_map, vec4 tile, vec3 at) {
    vec4 c = to_map * vec4(at, 1.0);
    vec3 s = c.xyz / c.w;
    vec2 inside = clamp(s.xy, tile.xy, tile.zw);
    float lit = textureLod(maps, vec3(inside, s.z - 0.0006), 0.0);
    return inside == s.xy ? lit : 1.0;  // software GL is slowed down by an early return
}
"""

SHINE = f"""
float shine(vec3 n, vec3 v, vec3 l, float alpha) {{
    vec3 h = normalize(l + v);
    float nl = max(dot(n, l), 0.0), nv = max(dot(n, v), 0.05), nh = max(dot(n, h), 0.0), lh = max(dot(l, h), 0.0);
    float a2 = alpha * alpha, d = nh * nh * (a2 - 1.0) + 1.0;
    float k = alpha * 0.5;
    float g = 1.0 / ((nl * (1.0 - k) + k) * (nv * (1.0 - k) + k));
    float m = 1.0 - lh, f = 0.04 + 0.96 * m * m * m * m * m;
    return a2 / (3.14159 * d * d) * g * f * 0.25 * nl;
}}

vec3 towards(int light, vec3 at, vec3 r) {{  // the point of a long lamp that a mirror would show
    if (light == 0) {{
        float t = max((lamps[0].z - at.z) / max(r.z, 0.05), 0.0);
        vec2 hit = at.xy + r.xy * t;
        return vec3(normalize(hit + 1e-4) * length(lamps[0].xy), lamps[0].z);
    }}
    vec3 a = lamps[light * {LAMP_POINTS}], ab = (lamps[light * {LAMP_POINTS} + {LAMP_POINTS - 1}] - a);
    a -= ab * {0.5 / (LAMP_POINTS - 1)}; ab *= {LAMP_POINTS / (LAMP_POINTS - 1)};
    vec3 m = a - at, c = ab - dot(ab, r) * r, e = m - dot(m, r) * r;
    return a + ab * clamp(-dot(e, c) / max(dot(c, c), 1e-3), 0.0, 1.0);
}}
"""

LIGHT_FRAGMENT = f"""
#version 330
uniform sampler2D skins; uniform sampler2D normals; uniform sampler2D points;
uniform sampler2DShadow lamp_maps; uniform sampler2DShadow dome_maps;
uniform mat4 to_lamp[{POINTS}]; uniform vec4 lamp_tile[{POINTS}]; uniform vec3 lamps[{POINTS}];
uniform mat4 to_dome[{DOMES}]; uniform vec4 dome_tile[{DOMES}]; uniform vec3 dome[{DOMES}];
uniform float power[{len(LIGHTS)}]; uniform int wanted[{len(LIGHTS) + 1}];
uniform int side; uniform vec3 eye;
layout(location = 0) out vec4 out_light[{len(LIGHTS) + 1}];
{FOLDED}
{HIDDEN}
{SHINE}

ivec2 sample_at(int k) {{ return ivec2(gl_FragCoord.xy) * side + ivec2(k % side, k / side); }}

bool one_surface(out vec3 point, out vec3 geometric) {{
    vec4 at = texelFetch(points, sample_at(0), 0);
    vec3 n = unfolded(texelFetch(normals, sample_at(0), 0).zw);
    float apart = 0.0, along = 1.0;
    point = at.xyz; geometric = n;
    for (int k = 1; k < side * side; k++) {{
        vec4 there = texelFetch(points, sample_at(k), 0);
        vec3 turned = unfolded(texelFetch(normals, sample_at(k), 0).zw);
        apart = max(apart, distance(there, at));
        along = min(along, dot(turned, n));
        point += there.xyz; geometric += turned;
    }}
    point /= float(side * side);
    geometric = normalize(geometric);
    return apart < 3.0 && along > 0.8 && at.w > 0.5;
}}

void main() {{
    vec3 point, geometric;
    int samples = side * side;
    bool together = one_surface(point, geometric);
    int groups = together ? 1 : samples;
    vec3 total[{len(LIGHTS) + 1}];
    for (int light = 0; light < {len(LIGHTS) + 1}; light++) total[light] = vec3(0.0);
    for (int group = 0; group < groups; group++) {{
        if (!together) {{
            vec4 there = texelFetch(points, sample_at(group), 0);
            if (there.w < 0.5) continue;
            point = there.xyz;
            geometric = unfolded(texelFetch(normals, sample_at(group), 0).zw);
        }}
        vec3 beam[{len(LIGHTS)}]; float open[{len(LIGHTS)}]; vec3 sky = vec3(0.0);
        for (int light = 0; light < {len(LIGHTS)}; light++) {{
            beam[light] = vec3(0.0); open[light] = 0.0;
            int first = light * {LAMP_POINTS}, end = wanted[light] > 0 ? first + {LAMP_POINTS} : first;
            for (int i = first; i < end; i++) {{
                vec3 to = lamps[i] - point;
                float d2 = dot(to, to);
                float s = seen(lamp_maps, to_lamp[i], lamp_tile[i], point + geometric * 1.2);
                s = dot(geometric, to) > 0.0 ? s : 0.0;
                beam[light] += to * (s * inversesqrt(d2) / d2);
                open[light] += s;
            }}
        }}
        for (int i = 0; i < (wanted[{len(LIGHTS)}] > 0 ? {DOMES} : 0); i++) {{
            float s = seen(dome_maps, to_dome[i], dome_tile[i], point + geometric * 2.0);
            sky += dot(geometric, dome[i]) > 0.0 ? dome[i] * s : vec3(0.0);
        }}
        int last = together ? samples : group + 1;
        for (int k = group; k < last; k++) {{
            vec4 skin = texelFetch(skins, sample_at(k), 0);
            vec3 albedo = skin.rgb * skin.rgb;
            vec3 n = unfolded(texelFetch(normals, sample_at(k), 0).xy);
            vec3 at = texelFetch(points, sample_at(k), 0).xyz;
            vec3 v = normalize(eye - at), r = reflect(-v, n);
            for (int light = 0; light < {len(LIGHTS)}; light++) {{
                if (wanted[light] == 0) continue;
                vec3 to = towards(light, at, r) - at;
                float spread = clamp(skin.a * skin.a + 18.0 / length(to), 0.0, 1.0);
                float glint = shine(n, v, normalize(to), spread) / dot(to, to) * open[light];
                float share = power[light] / {LAMP_POINTS}.0;
                total[light] += (albedo * max(dot(n, beam[light]), 0.0) / 3.14159 + glint) * share;
            }}
            float bounce = 0.10 * (0.6 - 0.4 * n.z);
            total[{len(LIGHTS)}] += albedo * (max(dot(n, sky), 0.0) * 1.5 / {DOMES}.0 + bounce);
        }}
    }}
    for (int light = 0; light < {len(LIGHTS) + 1}; light++)
        out_light[light] = vec4(total[light] / float(samples), 1.0);
}}
"""
