"""`opus templates …`: the library of ready workflows, searched, filled from a folder, and used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.refusals import Detail
from graphql_api.workflow_files.parsing import Text
from graphql_api.workflow_files.printing import write_text
from graphql_api.workflow_files.whole import read_whole
from runner.cli.client import REFUSED, ApiClient
from runner.cli.finding import NotFound
from runner.cli.output import REFUSED_EXIT_CODE, console, errors, print_table, speaking
from runner.refused import Refused

ROWS_DEFAULT = 20
ROWS_MAX = 100
FILES_AT_ONCE_MAX = 50
BYTES_AT_ONCE_MAX = 2 * 1024 * 1024
SHOWN_CHARACTERS_MAX = 60

_SEARCH = """
query ($search: String, $filter: TemplateFilter, $first: Int!) {
  templates(search: $search, filter: $filter, first: $first) {
    totalCount more
    nodes { slug name industries purposes taskCount uses }
  }
}
"""
_IMPORT = f"""
mutation ($input: ImportTemplatesInput!) {{
  importTemplates(input: $input) {{
    __typename
    ... on ImportTemplatesSuccess {{
      results {{
        file outcome template {{ slug version }} refusal {{ message details {{ path expected found message }} }}
      }}
    }}
    {REFUSED}
  }}
}}
"""
_BY_SLUG = "query ($slug: String!) { template(slug: $slug) { id name } }"
_BY_ID = "query ($id: ID!) { template(id: $id) { id name } }"
_USE = f"""
mutation ($input: UseTemplateInput!) {{
  useTemplate(input: $input) {{ __typename ... on WorkflowChanged {{ workflowId position workflow {{ name }} }} {REFUSED} }}
}}
"""

app = typer.Typer(no_args_is_help=True, help="Search the library of ready workflows, fill it, and begin from it.")


class NoFolder(Refused):
    """Expected a folder with workflow files, but there is none."""


@app.command()
def search(
    words: Annotated[
        list[str] | None, typer.Argument(help="Words to look for; misspelt ones are forgiven.", show_default=False)
    ] = None,
    industry: Annotated[
        list[str] | None, typer.Option(help="Only those for this industry; may be repeated.", show_default=False)
    ] = None,
    purpose: Annotated[
        list[str] | None, typer.Option(help="Only those for this purpose; may be repeated.", show_default=False)
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="Only those with this tag; may be repeated.", show_default=False)
    ] = None,
    first: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="How many, the best first.")] = ROWS_DEFAULT,
) -> None:
    """Search the library of the organization; without words, the templates used most come first."""
    with speaking() as client:
        chosen = {"industries": industry or None, "purposes": purpose or None, "tags": tag or None}
        found = client.query(_SEARCH, search=" ".join(words or []), filter=chosen, first=first)["templates"]
        if not found["nodes"]:
            console.print("No templates.")
            return
        rows = [
            (
                one["slug"],
                one["name"],
                _listed(one["industries"]),
                _listed(one["purposes"]),
                str(one["taskCount"]),
                str(one["uses"]),
            )
            for one in found["nodes"]
        ]
        print_table(("template", "name", "industries", "purposes", "tasks", "uses"), rows)
        if found["totalCount"] > len(rows):
            count = f"more than {found['totalCount']}" if found["more"] else found["totalCount"]
            console.print(f"{len(rows)} of {count}.")


@app.command(name="import")
def import_(
    folder: Annotated[Path, typer.Argument(help="The folder with the files.", show_default=False)],
) -> None:
    """Take every workflow file of a folder that has a head `template` into the library: new ones, and what changed of others."""
    with speaking() as client:
        if not folder.is_dir():
            raise NoFolder(f"Expected a folder with workflow files, but {folder} is none.")
        texts, refused = _read(sorted(folder.glob("*.yaml")))
        for some in _batches(texts):
            done = client.mutate(_IMPORT, files=[{"name": text.file, "yaml": yaml} for text, yaml in some])
            for result, (text, _) in zip(done["results"], some, strict=True):
                refused += _tell(result, text)
        if refused:
            errors.print(f"{refused} {'file was' if refused == 1 else 'files were'} refused.", style="red")
            raise typer.Exit(REFUSED_EXIT_CODE)


@app.command()
def use(
    template: Annotated[str, typer.Argument(help="Slug or id of the template.", show_default=False)],
    name: Annotated[
        str | None, typer.Option(help="The name of the workflow; without it, that of the template.", show_default=False)
    ] = None,
) -> None:
    """Begin a workflow from a template: its draft is yours to change, and `opus export` writes it as a file."""
    with speaking() as client:
        done = client.mutate(_USE, templateId=_find(client, template), name=name)
        called = done["workflow"]["name"] if done["workflow"] else name or template
        console.print(f"workflow {done['workflowId']}")
        console.print(f"{called} is a draft")


def _find(client: ApiClient, name: str) -> str:
    found = client.query(_BY_SLUG, slug=name)["template"] or client.query(_BY_ID, id=name)["template"]
    if found is None:
        raise NotFound(f'Expected a template, as `opus templates search` lists them, but there is no "{name}".')
    template_id: str = found["id"]
    return template_id


def _read(paths: Sequence[Path]) -> tuple[list[tuple[Text, str]], int]:
    """The texts to be sent, code that stands beside read in, and how many files cannot be read."""
    texts: list[tuple[Text, str]] = []
    refused = 0
    for path in paths:
        whole = read_whole(path.read_bytes(), str(path), path.parent)
        if whole.faults:
            refused += 1
            for fault in whole.faults:
                errors.print(whole.text.located(fault), style="red")
        elif whole.wanted.template is None:
            console.print(f"{path}: left out, as it has no head `template`")
        else:
            texts.append((whole.text, write_text(whole.text.content)))
    return texts, refused


def _batches(texts: Sequence[tuple[Text, str]]) -> Iterator[list[tuple[Text, str]]]:
    batch: list[tuple[Text, str]] = []
    size = 0
    for one in texts:
        if batch and (len(batch) == FILES_AT_ONCE_MAX or size + len(one[1]) > BYTES_AT_ONCE_MAX):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += len(one[1])
    if batch:
        yield batch


def _tell(result: dict[str, Any], text: Text) -> int:
    refusal = result["refusal"]
    if refusal is None:
        template = result["template"] or {"slug": Path(text.file).stem, "version": "?"}
        console.print(f"{template['slug']} {result['outcome'].lower()}: version {template['version']}")
        return 0
    if not refusal["details"]:
        errors.print(f"{text.file}: {refusal['message']}", style="red")
    for detail in refusal["details"]:
        errors.print(text.located(Detail(detail["path"], detail["expected"], detail["found"])), style="red")
    return 1


def _listed(values: Sequence[str]) -> str:
    text = ", ".join(values)
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[:SHOWN_CHARACTERS_MAX]}…"
