"""Pictures of a design: every task stands somewhere of its own, and no text of a builder is anything but text in them."""

from __future__ import annotations

from itertools import combinations
from time import process_time
from xml.etree import ElementTree as ET

from hypothesis import given

from domain.workflows import operations as ops
from domain.workflows.design import Design, Place
from domain.workflows.drawn_out import BOX_HEIGHT, BOX_WIDTH, draw_mermaid, draw_svg, lay_out
from domain.workflows.wiring import Wiring
from tests.domain.workflows.drawn import code, decision, design, gives, link, review, takes, variable
from tests.domain.workflows.test_edits_between import designs

DRAWN = design(
    takes("x"),
    code("find", (variable("x"),)),
    decision("sure", variable("out")),
    review("end", "find"),
    code("undo", (variable("x"),), compensates="find"),
    gives("out"),
    link("inputs.x", "find.x"),
    link("find.out", "sure.out"),
    link("sure.false", "end"),
    link("end.out", "outputs.out"),
    link("find.out", "outputs.out"),
)


def overlap(one: Place, other: Place) -> bool:
    return abs(one.x - other.x) < BOX_WIDTH and abs(one.y - other.y) < BOX_HEIGHT


def test_a_task_stands_right_of_all_that_leads_to_it() -> None:
    places = lay_out(Wiring(DRAWN))
    assert places["find"].x < places["sure"].x < places["end"].x
    assert list(places) == list(DRAWN.tasks)


def test_places_that_are_set_stay_and_nothing_is_laid_over_another() -> None:
    moved = DRAWN.with_task(DRAWN.tasks["sure"].model_copy(update={"place": Place(x=1000, y=50)}))
    moved = moved.with_task(moved.tasks["end"].model_copy(update={"place": Place(x=1280, y=50)}))
    places = lay_out(Wiring(moved))
    assert (places["sure"], places["end"]) == (Place(x=1000, y=50), Place(x=1280, y=50))
    assert places["find"].x < 1000
    assert not any(overlap(*both) for both in combinations(places.values(), 2))


@given(designs())
def test_every_task_of_any_design_has_a_place_and_the_same_each_time(drawn: Design) -> None:
    bare = Design(drawn.description, drawn.inputs, drawn.outputs, drawn.tasks, drawn.edges)
    for task in drawn.tasks.values():
        bare = bare.with_task(task.model_copy(update={"place": None}))
    places = lay_out(Wiring(bare))
    assert places.keys() == drawn.tasks.keys()
    assert places == lay_out(Wiring(bare))
    assert not any(overlap(*both) for both in combinations(places.values(), 2))
    placed = lay_out(Wiring(drawn))
    assert {name: placed[name] for name, task in drawn.tasks.items() if task.place} == {
        name: task.place for name, task in drawn.tasks.items() if task.place
    }
    ET.fromstring(draw_svg(Wiring(drawn)))  # noqa: S314 - what we wrote ourselves


def test_a_design_as_mermaid() -> None:
    assert draw_mermaid(Wiring(DRAWN)).splitlines() == [
        "flowchart LR",
        '  inputs(("inputs"))',
        '  t_find["find<br/><i>code</i>"]',
        '  t_sure{"sure<br/><i>decision</i>"}',
        '  t_end(["end<br/><i>human_review</i>"])',
        '  t_undo["undo<br/><i>code</i>"]',
        '  outputs(("outputs"))',
        "  inputs --> t_find",
        "  t_find --> t_sure",
        '  t_sure -->|"false"| t_end',
        "  t_end --> outputs",
        "  t_find --> outputs",
        '  t_find -.->|"reviews"| t_end',
        '  t_find -.->|"undone by"| t_undo',
    ]


def test_a_label_is_nothing_but_text() -> None:
    evil = '"]; click t_a "javascript:x"\n</text><script>alert(1)</script>\x07\x00\u202e&amp;'
    drawn = design(ops.AddTask(task="a", kind="code", label=evil.replace("\0", "")))
    svg, mermaid = draw_svg(Wiring(drawn)), draw_mermaid(Wiring(drawn))
    root = ET.fromstring(svg)  # noqa: S314 - what we wrote ourselves
    assert not [one for one in root.iter() if one.tag.endswith("script")]
    assert "<script" not in svg
    assert [one.text for one in root.iter() if one.tag.endswith("title")] == [
        '"]; click t_a "javascript:x" </text><script>alert(1)</script>  &amp;'
    ]
    assert mermaid.count("\n") == 2
    assert "#34;#93;#59; click" in mermaid


def test_an_empty_design_is_an_empty_picture() -> None:
    assert draw_mermaid(Wiring(Design())) == "flowchart LR\n"
    ET.fromstring(draw_svg(Wiring(Design())))  # noqa: S314 - what we wrote ourselves


def test_a_thousand_tasks_are_drawn_soon() -> None:
    tasks = [code(f"t{n}", (variable("x"),)) for n in range(1_000)]
    links = [link(f"t{n // 3}.out", f"t{n}.x") for n in range(1, 1_000)]
    wiring = Wiring(design(*tasks, *links))
    began = process_time()
    draw_svg(wiring)
    assert process_time() - began < 1.0  # 0.05 s on a quiet machine
