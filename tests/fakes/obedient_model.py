"""A model provider that says whatever the test makes of a question, and keeps what it was asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.openai_server import FakeOpenAI, chat_answer

Say = Callable[[str, dict[str, Any]], dict[str, Any]]
"""The answer to a question, given the properties of the form that is asked for."""


@dataclass
class ObedientModel(FakeOpenAI):
    """It answers with what *say* gives. *tools*: what it calls instead of what it was offered, by a mark of the question."""

    say: Say = lambda question, form: {}
    tools: dict[str, str] = field(default_factory=dict[str, str])

    def settings(self) -> dict[str, str]:
        """What makes this the model that is asked."""
        named = {"HOLDFAST_MODEL": "openai:gpt-5-mini", "OPENAI_API_KEY": "not-a-key"}
        return {**named, "OPENAI_BASE_URL": self.base_url}

    def questions(self) -> list[str]:
        """What was asked, as text."""
        return [_question(request) for request in self.requests]

    def _reply(self, path: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.requests.append(request)
        form = request["tools"][0]["function"]["parameters"]["properties"]
        question = _question(request)
        answer = chat_answer(request, self.say(question, form))
        for name in (tool for mark, tool in self.tools.items() if mark in question):
            answer["choices"][0]["message"]["tool_calls"][0]["function"]["name"] = name
        return 200, answer


def _question(request: dict[str, Any]) -> str:
    return f"{request['messages'][-1]['content']}"
