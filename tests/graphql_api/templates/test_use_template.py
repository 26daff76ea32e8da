"""`useTemplate`: a draft of one's own, drawn as the template is."""

from __future__ import annotations

from uuid import UUID

from domain.workflows.events import TemplateUsed, WorkflowCreated
from tests.graphql_api.house import Client, House
from tests.graphql_api.templates.library import REVISE, SEARCH, TEMPLATE, UNPUBLISH, USE, neighbour, published, workflow
from tests.graphql_api.workshop import ACTIVATE, CREATE

HASH = "query ($id: ID!) { workflow(id: $id) { draft { contentHash } } }"


def test_a_template_becomes_a_draft_drawn_alike_that_can_be_activated(house: House, admin: Client) -> None:
    template = published(admin)
    source = admin.ask(TEMPLATE, id=template["templateId"])["source"]["workflowId"]
    begun = admin.ask(USE, input={"templateId": template["templateId"], "name": "Claims of our town"})
    assert begun["__typename"] == "UseTemplateSuccess", begun
    assert (begun["workflow"]["name"], begun["workflow"]["status"]) == ("Claims of our town", "DRAFT")
    assert begun["workflow"]["draft"]["contentHash"] == admin.ask(HASH, id=source)["draft"]["contentHash"]
    first, *_ = house.do(house.system.reader.read_stream(UUID(begun["workflowId"])))
    created = house.system.mapper.event(first)
    assert isinstance(created, WorkflowCreated)
    assert created.template == TemplateUsed(template_id=UUID(template["templateId"]), version=1)
    activated = admin.ask(ACTIVATE, input={"workflowId": begun["workflowId"]})
    assert activated["__typename"] == "ActivateWorkflowSuccess", activated


def test_uses_are_counted_and_put_the_template_first(admin: Client) -> None:
    first, second = published(admin, "Claim one"), published(admin, "Claim two")
    assert [one["slug"] for one in admin.ask(SEARCH)["nodes"]] == ["claim-two", "claim-one"]
    used = [admin.ask(USE, input={"templateId": first["templateId"], "name": name}) for name in ("A", "B")]
    nodes = admin.ask(SEARCH, position=used[-1]["position"])["nodes"]
    assert [(one["slug"], one["uses"]) for one in nodes] == [("claim-one", 2), ("claim-two", 0)]
    admin.ask(REVISE, input={"templateId": first["templateId"], "entry": {"tags": []}})
    assert admin.ask(TEMPLATE, id=first["templateId"])["uses"] == 2
    assert admin.ask(TEMPLATE, id=second["templateId"])["uses"] == 0


def test_any_workspace_of_the_organization_uses_it_under_the_templates_own_name(house: House, admin: Client) -> None:
    template = published(admin)
    other = neighbour(house, admin)
    begun = other.ask(USE, input={"templateId": template["templateId"]})
    assert begun["workflow"]["name"] == "Claim check"
    assert other.ask(HASH, id=begun["workflowId"])["draft"] is not None
    assert admin.ask(HASH, id=begun["workflowId"]) is None
    refused = house.open_workspace().ask(USE, input={"templateId": template["templateId"]})
    assert refused["code"] == "TEMPLATE_NOT_FOUND"


def test_what_is_not_offered_or_has_a_name_that_is_taken_begins_nothing(house: House, admin: Client) -> None:
    template = published(admin)
    asked = {"templateId": template["templateId"]}
    before = house.last_position()
    assert admin.ask(USE, input=asked)["code"] == "WORKFLOW_NAME_TAKEN"
    assert admin.ask(USE, input={"templateId": workflow(admin, "Other")})["code"] == "TEMPLATE_NOT_FOUND"
    assert admin.ask(USE, input={"templateId": "none"})["code"] == "TEMPLATE_NOT_FOUND"
    operator = house.let_in(admin.workspace, "operator")
    assert operator.ask(USE, input={**asked, "name": "Mine"})["code"] == "PERMISSION_MISSING"
    admin.ask(UNPUBLISH, input=asked)
    assert admin.ask(USE, input={**asked, "name": "Late"})["code"] == "TEMPLATE_IS_UNPUBLISHED"
    begun = [one for one in topics(house, before) if one == "workflow.created.v1"]
    assert len(begun) == 1, "only the workflow called Other"


def test_a_repeated_command_begins_one_workflow_also_when_the_template_is_gone(admin: Client) -> None:
    template = published(admin)
    asked = {"templateId": template["templateId"], "name": "Once", "commandId": "once"}
    first = admin.ask(USE, input=asked)
    admin.ask(UNPUBLISH, input={"templateId": template["templateId"]})
    assert admin.ask(USE, input=asked)["workflowId"] == first["workflowId"]
    assert admin.ask(CREATE, input={"name": "Once"})["code"] == "WORKFLOW_NAME_TAKEN"


def topics(house: House, after: int) -> list[str]:
    return [record.topic for record in house.do(house.system.reader.read_log(after, 1_000))]
