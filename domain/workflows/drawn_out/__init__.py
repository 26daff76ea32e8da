"""Pictures of a design: where each task stands, and the whole as Mermaid or SVG."""

from domain.workflows.drawn_out.layout import BOX_HEIGHT, BOX_WIDTH, lay_out
from domain.workflows.drawn_out.mermaid import draw_mermaid
from domain.workflows.drawn_out.svg import draw_svg

__all__ = ["BOX_HEIGHT", "BOX_WIDTH", "draw_mermaid", "draw_svg", "lay_out"]
