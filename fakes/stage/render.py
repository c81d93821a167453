"""One scene on the stage: uploaded once, lit by shadow maps once, seen by any number of cameras."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from fakes.props import Panel, Scene
from fakes.props.panel import PX_PER_MM
from fakes.stage import gl, shaders
from fakes.stage.cameras import Camera, finer
from fakes.stage.lights import AIM, LIGHTS, dome

Matrix = NDArray[np.float64]
Radiance = NDArray[np.float32]
SHADOW_PX = shaders.SHADOW_PX
DEPTH_TEST = 0x0002
DTYPES = {"f4": np.float32, "f2": np.float16, "u1": np.uint8}
AMBIENT = "ambient"


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One camera's view, arrays (H, W, ...): `light` radiance per light and for "ambient", linear BGR float32 with
    every lamp at full power; `depth_mm` float32 along the optical axis, 0 where there is nothing; `part` and `marks`
    uint8 (fakes.props.panel); `normal` float32, unit, in tray coordinates, towards the camera."""

    light: Mapping[str, Radiance]
    depth_mm: NDArray[np.float32]
    part: NDArray[np.uint8]
    marks: NDArray[np.uint8]
    normal: NDArray[np.float32]

    def lit(self, intensities: Mapping[str, float], ambient: float = 0.12) -> Radiance:
        """The radiance under lamps at `intensities` (0..1)."""
        total = self.light[AMBIENT] * np.float32(ambient)
        for name, intensity in intensities.items():
            total = total + self.light[name] * np.float32(intensity)
        return np.asarray(total, dtype=np.float32)


class Stage:
    """Holds one scene on the GPU. Use as a context manager: leaving it releases every GL object.

    Raises NoGraphics where there is no GL.
    """

    def __init__(self, scene: Scene) -> None:
        self._gl = gl.context()
        self._programs = {
            "shadow": self._gl.program(shaders.SHADOW_VERTEX, shaders.SHADOW_FRAGMENT),
            "truth": self._gl.program(shaders.VIEW_VERTEX, shaders.TRUTH_FRAGMENT),
            "veil": self._gl.program(shaders.VIEW_VERTEX, shaders.VEIL_FRAGMENT),
            "colour": self._gl.program(shaders.VIEW_VERTEX, shaders.COLOUR_FRAGMENT),
        }
        self._held: list[Any] = list(self._programs.values())
        self._drawn = [self._upload(panel) for panel in scene.panels]
        self._lamps = lamp_matrices()
        self._shadows = self._shadow_maps()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def release(self) -> None:
        for thing in reversed(self._held):
            thing.release()
        self._held.clear()
        self._gl.release()

    def see(self, camera: Camera, oversample: int = 2) -> Seen:
        """What `camera` sees; colours are the mean of `oversample` squared samples a pixel."""
        light = self._colours(camera, oversample)
        depth, marks, normal = self._truth(camera)
        return Seen(light, depth, marks[..., 0].copy(), marks[..., 1].copy(), normal)

    def _keep(self, thing: Any) -> Any:
        self._held.append(thing)
        return thing

    def _upload(self, panel: Panel) -> dict[str, Any]:
        vertices, indices = mesh(panel)
        skin, surface = textures(panel)
        size = panel.skin.shape[::-1]
        buffer, index = self._keep(self._gl.buffer(vertices)), self._keep(self._gl.buffer(indices))
        colour = self._keep(self._gl.texture(size, 4, skin, internal_format=0x8C43))  # GL_SRGB8_ALPHA8
        relief = self._keep(self._gl.texture(size, 4, surface))
        for texture in (colour, relief):
            texture.build_mipmaps()
            texture.repeat_x = texture.repeat_y = False
        marks = self._keep(self._gl.texture(size, 1, panel.skin.marks.tobytes(), dtype="u1", alignment=1))
        marks.filter = (0x2600, 0x2600)  # GL_NEAREST
        full = [(buffer, "3f 3f 3f 2f", "in_point", "in_normal", "in_tangent", "in_uv")]
        arrays = {
            name: self._keep(self._gl.vertex_array(self._programs[name], full, index, skip_errors=True))
            for name in ("truth", "veil", "colour")
        }
        bare = [(buffer, "3f 24x 2f", "in_point", "in_uv")]
        arrays["shadow"] = self._keep(self._gl.vertex_array(self._programs["shadow"], bare, index))
        return {"panel": panel, "skin": colour, "surface": relief, "marks": marks, **arrays}

    def _draw(self, name: str) -> None:
        program = self._programs[name]
        for drawn in self._drawn:
            drawn["surface"].use(0)
            drawn["skin"].use(1)
            drawn["marks"].use(2)
            panel: Panel = drawn["panel"]
            if "lining" in program:
                program["lining"] = tuple((channel / 255) ** 2.2 for channel in panel.lining)
            if "part" in program:
                program["part"] = int(panel.part)
            drawn[name].render()

    def _shadow_maps(self) -> Any:
        """An atlas with one tile a lamp: moderngl has no arrays of depth textures."""
        columns, rows = shaders.ATLAS
        atlas = self._keep(self._gl.depth_texture((columns * SHADOW_PX, rows * SHADOW_PX)))
        atlas.compare_func = "<="
        atlas.repeat_x = atlas.repeat_y = False
        frame = self._gl.framebuffer([], atlas)
        frame.use()
        frame.clear(depth=1.0)
        self._gl.enable_only(DEPTH_TEST)
        for place, to_clip in enumerate(self._lamps):
            frame.viewport = (place % columns * SHADOW_PX, place // columns * SHADOW_PX, SHADOW_PX, SHADOW_PX)
            self._programs["shadow"]["to_clip"] = tuple(to_clip.T.ravel())
            self._draw("shadow")
        frame.release()
        return atlas

    def _shoot(self, name: str, camera: Camera, formats: list[tuple[int, str]]) -> list[NDArray[Any]]:
        """Draw with program `name` into new textures of (components, dtype), and read them back, top row first."""
        size = (camera.lens.width_px, camera.lens.height_px)
        targets = [self._gl.texture(size, components, dtype=dtype) for components, dtype in formats]
        depth = self._gl.depth_renderbuffer(size)
        frame = self._gl.framebuffer(targets, depth)
        frame.use()
        frame.clear()
        self._gl.enable_only(DEPTH_TEST)
        self._aim(self._programs[name], camera)
        self._draw(name)
        pictures = []
        for place, (components, dtype) in enumerate(formats):
            raw = np.frombuffer(
                frame.read(components=components, attachment=place, dtype=dtype, alignment=1), DTYPES[dtype]
            )
            pictures.append(raw.reshape(size[1], size[0], components))
        for thing in (frame, depth, *targets):
            thing.release()
        return pictures

    def _truth(self, camera: Camera) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32]]:
        depth, marks, normal = self._shoot("truth", camera, [(1, "f4"), (2, "u1"), (4, "f2")])
        before, cut = self._shoot("veil", camera, [(1, "f4"), (2, "u1")])
        gone = (before > 0) & ((before < depth) | (depth == 0))
        marks = np.where(gone, marks | cut, marks)
        return depth[..., 0].copy(), marks, normal[..., :3].astype(np.float32)

    def _colours(self, camera: Camera, oversample: int) -> dict[str, Radiance]:
        program = self._programs["colour"]
        self._shadows.use(3)
        program["shadows"] = 3
        lamps = np.concatenate([light.points for light in LIGHTS.values()]).astype("f4")
        program["to_lamp"].write(np.stack([m.T for m in self._lamps]).astype("f4").tobytes())
        program["lamps"].write(lamps.tobytes())
        program["dome"].write(dome().astype("f4").tobytes())
        program["power"] = [light.power for light in LIGHTS.values()]
        program["first"] = [0, *np.cumsum([len(light.points) for light in LIGHTS.values()]).tolist()]
        pictures = self._shoot("colour", finer(camera, oversample), [(4, "f2")] * (len(LIGHTS) + 1))
        size = (camera.lens.width_px, camera.lens.height_px)
        return {
            name: np.asarray(cv2.resize(picture[..., :3].astype(np.float32), size, interpolation=cv2.INTER_AREA))
            for name, picture in zip((*LIGHTS, AMBIENT), pictures, strict=True)
        }

    def _aim(self, program: Any, camera: Camera) -> None:
        lens = camera.lens
        k1, k2, p1, p2, k3 = lens.distortion
        values = {
            "to_camera": tuple(np.linalg.inv(camera.pose).T.ravel()),
            "focal": (lens.fx_px, lens.fy_px, lens.cx_px, lens.cy_px),
            "lens": (k1, k2, p1, p2),
            "k3": k3,
            "size": (lens.width_px, lens.height_px),
            "eye": tuple(camera.pose[:3, 3]),
            "surface": 0,
            "skin": 1,
            "marks": 2,
        }
        for name, value in values.items():
            if name in program:
                program[name] = value


def mesh(panel: Panel) -> tuple[bytes, bytes]:
    """Vertices (point, normal, tangent, uv as float32) and triangles (uint32), two per cell of the grid."""
    rows, columns = panel.vertices.shape[:2]
    tangent = np.gradient(panel.vertices, axis=1)
    normal = np.cross(np.gradient(panel.vertices, axis=0), tangent)
    parts = [panel.vertices, _unit(normal), _unit(tangent), panel.uv]
    return np.concatenate(parts, axis=-1).astype("f4").tobytes(), triangles(rows, columns).astype("u4").tobytes()


def triangles(rows: int, columns: int) -> NDArray[np.int64]:
    """(N, 3) indices into a grid of vertices in row-major order."""
    at = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, :-1].ravel(), at[1:, 1:].ravel()
    return np.concatenate([np.stack([a, c, b], axis=1), np.stack([b, c, d], axis=1)])


def textures(panel: Panel) -> tuple[bytes, bytes]:
    """The skin as the shaders read it: BGR and nothing; slope along, slope down (128 is none), roughness, solid."""
    skin = panel.skin
    slope_x = cv2.Sobel(skin.bump_mm, cv2.CV_32F, 1, 0, scale=PX_PER_MM / 8)
    slope_y = cv2.Sobel(skin.bump_mm, cv2.CV_32F, 0, 1, scale=PX_PER_MM / 8)
    opaque = np.full(skin.shape, 255, np.uint8)
    surface = np.stack([
        np.clip(np.rint(slope_x * 127.5) + 128, 0, 255).astype(np.uint8),
        np.clip(np.rint(slope_y * 127.5) + 128, 0, 255).astype(np.uint8),
        np.clip(skin.roughness * 255, 12, 255).astype(np.uint8),
        skin.solid.astype(np.uint8) * np.uint8(255),
    ], axis=-1)  # fmt: skip
    return np.dstack([skin.albedo, opaque]).tobytes(), np.ascontiguousarray(surface).tobytes()


def lamp_matrices() -> list[Matrix]:
    """Tray to clip coordinates of every shadow map: the points of the lights, then the dome."""
    points = np.concatenate([light.points for light in LIGHTS.values()])
    near_far = (60.0, 1600.0)
    lamps = [_perspective(2 * np.arctan(330 / np.linalg.norm(p - AIM)), near_far) @ _view(p) for p in points]
    flat = np.diag([1 / 330, 1 / 330, -2 / 1600, 1.0])
    flat[2, 3] = -1.0
    return [*lamps, *(flat @ _view(np.array(AIM) + 800 * direction) for direction in dome())]


def _view(eye: NDArray[np.float64]) -> Matrix:
    back = eye - np.array(AIM)
    back = back / np.linalg.norm(back)
    right = np.cross((0.0, 1.0, 0.0) if abs(back[1]) < 0.8 else (1.0, 0.0, 0.0), back)
    right /= np.linalg.norm(right)
    view = np.eye(4)
    view[:3, :3] = np.stack([right, np.cross(back, right), back])
    view[:3, 3] = -view[:3, :3] @ eye
    return view


def _perspective(angle: float, near_far: tuple[float, float]) -> Matrix:
    near, far = near_far
    scale = 1 / np.tan(angle / 2)
    matrix = np.zeros((4, 4))
    matrix[0, 0] = matrix[1, 1] = scale
    matrix[2, 2:] = (near + far) / (near - far), 2 * near * far / (near - far)
    matrix[3, 2] = -1.0
    return matrix


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))
