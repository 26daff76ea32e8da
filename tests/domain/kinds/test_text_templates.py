"""Templates of texts: what they write, what they refuse, what they cost, and how inputs in them are renamed."""

import html
import time
from typing import Any

import pytest

from domain.kinds.contract import RenameUncertain
from domain.kinds.template_checks import renamed_in_template, template_findings
from domain.kinds.text_templates import LEVELS_MAX, PARTS_MAX, TemplateTooLarge, TemplateWrong, read_template, render
from domain.types import FileType, ListType, NumberType, ObjectField, ObjectType, TextType
from domain.variables import Variable

LINE = ObjectType(fields=(ObjectField(name="text", type=TextType()), ObjectField(name="price", type=NumberType())))
VARIABLES = (
    Variable(name="name", type=TextType()),
    Variable(name="lines", type=ListType(items=LINE)),
    Variable(name="anything", type=ObjectType()),
    Variable(name="file", type=FileType()),
)


def rendered(source: str, **values: Any) -> str:
    return render(read_template(source), values, characters_max=10_000)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Dear {{ name }},", "Dear Ada,"),
        ("{{name}}{{ name}}", "AdaAda"),
        ("{{ total }} {{ price }} {{ whole }} {{ yes }} {{ no }} [{{ none }}]", "12.30 1.5 3 true false []"),
        ("{{ order.lines.0.text }}/{{ order.missing.x }}/{{ order.lines.9 }}", "nail//"),
        ("{% for line in order.lines %}- {{ line.text }}\n{% endfor %}", "- nail\n- saw\n"),
        ("{% if name %}yes{% else %}no{% endif %}", "yes"),
        ("{% if none %}yes{% else %}no{% endif %}{% if no %}x{% endif %}{% if empty %}x{% endif %}", "no"),
        ("{% if zero %}zero counts{% endif %}", "zero counts"),
        ("{% for a in order.lines %}{% for b in order.lines %}{{ a.text }}{{ b.text }} {% endfor %}{% endfor %}",
         "nailnail nailsaw sawnail sawsaw "),
        ('{# said to nobody #}{{ "{{" }} name }}', "{{ name }}"),
        ("{{ raw }}", '{"a": [1]}'),
        ("", ""),
        ("100 % { } }} %}", "100 % { } }} %}"),
    ],
)  # fmt: skip
def test_a_template_writes_values_in_their_places(source: str, text: str) -> None:
    values = {"name": "Ada", "total": "12.30", "price": 1.5, "whole": 3.0, "yes": True, "no": False, "none": None}
    values |= {"order": {"lines": [{"text": "nail"}, {"text": "saw"}]}, "zero": 0, "empty": [], "raw": {"a": [1]}}
    assert rendered(source, **values) == text


def test_what_is_written_is_escaped_and_what_stands_is_not() -> None:
    template = read_template("<b>{{ name }}</b>")
    written = render(template, {"name": "<script>\"&'</script>"}, characters_max=100, escape=html.escape)
    assert written == "<b>&lt;script&gt;&quot;&amp;&#x27;&lt;/script&gt;</b>"


def test_a_value_is_no_template() -> None:
    assert rendered("{{ name }}", name="{{ secret }}{% for x in y %}") == "{{ secret }}{% for x in y %}"


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        ("a\n{{ name", 2, "}} after {{"),
        ("{% if name %}x", 1, "{% endif %}"),
        ("{% for x in y %}\n{% endif %}", 2, "endfor"),
        ("{% else %}", 1, "if, else"),
        ("{% if a %}{% else %}{% else %}{% endif %}", 1, "if, else"),
        ("{{ name | upper }}", 1, "the name of an input"),
        ("{{ __class__ }}", 1, "the name of an input"),
        ("{{ name() }}", 1, "the name of an input"),
        ("{{ 1 + 1 }}", 1, "the name of an input"),
        ("{{ }}", 1, "the name of an input"),
        ("{% include x %}", 1, "if, else"),
        ("{% for endfor in x %}{% endfor %}", 1, "a name for each item"),
        ("{% if a %}" * (LEVELS_MAX + 1), 1, "levels"),
        ("{{ a }}" * (PARTS_MAX + 1), 1, "parts"),
    ],
)
def test_what_is_no_template_is_refused_with_its_line(source: str, line: int, expected: str) -> None:
    with pytest.raises(TemplateWrong) as wrong:
        read_template(source)
    assert wrong.value.line == line
    assert expected in wrong.value.expected


@pytest.mark.parametrize("mark", ["{{", "{%", "{#"])
def test_a_template_is_read_in_one_go_however_often_something_begins(mark: str) -> None:
    began = time.process_time()
    with pytest.raises(TemplateWrong):
        read_template(mark * 100_000)
    assert time.process_time() - began < 1.0  # Looked for again from each beginning, its end takes minutes.


@pytest.mark.parametrize("step", ["²", "9" * 5_000])
def test_what_only_looks_like_a_number_finds_no_item(step: str) -> None:
    assert rendered(f"a{{{{ lines.{step} }}}}b", lines=["x"]) == "ab"


def test_a_text_that_grows_without_end_is_cut_off_soon() -> None:
    nested = "{% for a in x %}" * LEVELS_MAX + "{% endfor %}" * LEVELS_MAX
    with pytest.raises(TemplateTooLarge):
        rendered(nested, x=[0] * 100)
    with pytest.raises(TemplateTooLarge, match="10000 characters"):
        rendered("{% for a in x %}{{ text }}{% endfor %}", x=[0] * 100, text="x" * 1_000)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{{ name }} {{ anything.x.y }} {% for line in lines %}{{ line.price }}{% endfor %}", None),
        ("{{ file.name }}{% if file %}{% endif %}{% if lines %}{% endif %}", None),
        ("{{ nobody }}", "nobody, which is none, in line 1"),
        ("\n{{ name.first }}", "line 2"),
        ("{% for line in lines %}{{ line.weight }}{% endfor %}", "line 1"),
        ("{% for line in lines %}{% endfor %}{{ line.text }}", "line, which is none"),
        ("{{ lines }}", "list"),
        ("{{ file }}", "file"),
        ("{% for x in name %}{% endfor %}", "text"),
        ("{% for name in lines %}{% endfor %}", "which is an input"),
        ("{{", "none, in line 1"),
    ],
)
def test_a_template_is_checked_against_the_declared_types(source: str, found: str | None) -> None:
    findings = list(template_findings(source, "text", VARIABLES))
    if found is None:
        assert findings == []
    else:
        [finding] = findings
        assert finding.path == "text"
        assert found in finding.found


def test_an_input_is_renamed_wherever_it_is_meant_and_nowhere_else() -> None:
    source = "name {{ name }} {{ name.x }} {{ other.name }} {% if name %}{% for name2 in name.l %}{{ name2 }}{% endfor %}{% endif %}"
    renamed = renamed_in_template(source, "name", "title", "text")
    assert renamed == (
        "name {{ title }} {{ title.x }} {{ other.name }} {% if title %}{% for name2 in title.l %}{{ name2 }}{% endfor %}{% endif %}"
    )
    assert renamed_in_template("{% for name in lines %}{{ name }}{% endfor %}", "name", "title", "text") == (
        "{% for name in lines %}{{ name }}{% endfor %}"
    )


def test_a_rename_that_could_change_what_is_meant_is_refused() -> None:
    with pytest.raises(RenameUncertain, match="stands for items"):
        renamed_in_template("{% for title in lines %}{{ name }}{% endfor %}", "name", "title", "text")
    with pytest.raises(RenameUncertain, match="no template"):
        renamed_in_template("{{ name", "name", "title", "text")
    assert renamed_in_template("{{ broken", "name", "title", "text") == "{{ broken"
