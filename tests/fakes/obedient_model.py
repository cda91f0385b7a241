"""A model provider that says of each document what the test wants said of it, and keeps what it was asked."""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.openai_server import FakeOpenAI, chat_answer


@dataclass
class ObedientModel(FakeOpenAI):
    """*replies* holds an answer for each mark that a question may hold; every other question gets the first of *answers*."""

    replies: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    tool: str = ""
    """The tool that is called, where it is not the one that was offered."""

    def questions(self) -> list[str]:
        """What was asked, as text."""
        return [f"{request['messages'][-1]['content']}" for request in self.requests]

    def _reply(self, path: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.requests.append(request)
        question = f"{request['messages'][-1]['content']}"
        found = [answer for mark, answer in self.replies.items() if mark in question]
        answer = chat_answer(request, found[0] if found else dict(self.answers[0]))
        if self.tool:
            answer["choices"][0]["message"]["tool_calls"][0]["function"]["name"] = self.tool
        return 200, answer
