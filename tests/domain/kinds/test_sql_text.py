"""SQL taken apart: parameters are found where they are, never in texts, names, comments or casts; what is not one statement is refused."""

from __future__ import annotations

import pytest

from domain.kinds.sql_text import SqlRefused, bound, parameters, reads, renamed_parameter


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("select 1", ()),
        ("select * from t where a = :a and b = :b_2 or a > :a", ("a", "b_2")),
        ("select ':a', \":a\", `:a` from t -- :a\n where x = :x /* :a */", ("x",)),
        ("select x::text, :a::date from t", ("a",)),
        ("select $$ :a $$, $q$ :a $$ :b $q$, :c", ("c",)),
        ("select 'it''s :a', :b ; -- done", ("b",)),
        ("select a[1:2], :b", ("b",)),
        ("select :Upper, :1", ()),
        ("select 1 as a$x$, :a as b$x$", ("a",)),
        ("select 1 --! /* :a\n, :b", ("b",)),
    ],
)
def test_parameters_are_found_where_they_stand(statement: str, names: tuple[str, ...]) -> None:
    assert parameters(statement) == names


@pytest.mark.parametrize(
    "statement",
    [
        "select 1; drop table t",
        "select 'a",
        'select "a',
        "select /* a",
        "select 'a\\' or 1=1 --'",
        "select 1;;",
        "select 1; -- x\n select 2",
        "select 1 /* /* */ '*/; commit; drop table t; --'",
        "select 1 as a$x$; commit; drop table t; select 1 as b$x$",
        'select "\\" ; drop table t; -- "',
        "select 1 /*! into outfile '/tmp/x' */",
        "select 1 /*M!100000 , 2 */",
    ],
)
def test_what_is_not_surely_one_statement_is_refused(statement: str) -> None:
    with pytest.raises(SqlRefused, match="Expected"):
        parameters(statement)


def test_only_parameters_change_when_they_are_bound_or_renamed() -> None:
    statement = "select '50% :a', x::int % 3 from t where y = :a and z = :b;"
    written = bound(statement, lambda name: f"%({name})s", doubled="%")
    assert written == "select '50%% :a', x::int %% 3 from t where y = %(a)s and z = %(b)s"
    assert renamed_parameter(statement, "a", "c") == "select '50% :a', x::int % 3 from t where y = :c and z = :b"


@pytest.mark.parametrize(
    ("statement", "is_read"),
    [
        ("select 1", True),
        (" -- note\n /* x */ ( SELECT 1)", True),
        ("with a as (select 1) select * from a", True),
        ("insert into t values (1)", False),
        ("", False),
        ("drop table t", False),
    ],
)
def test_what_begins_as_reading_does_is_told(statement: str, *, is_read: bool) -> None:
    assert reads(statement) == is_read
