"""Notes, kept for each person. The same file runs on the laptop, on Lambda and on Fargate."""

from __future__ import annotations

import re
from typing import Annotated

from fastmcp import Context, FastMCP
from fastmcp.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from mcp_kit import response_cache
from notebook import Notebook
from sign_in import caller, sign_in

READS = ToolAnnotations(read_only_hint=True)
WRITES = ToolAnnotations(destructive_hint=False, idempotent_hint=True)

Title = Annotated[str, Field(min_length=1, max_length=100, description="Title of a note")]
Text = Annotated[str, Field(max_length=20_000, description="Text, in Markdown")]

mcp: FastMCP[None] = FastMCP(
    "notes",
    version="1.0.0",
    auth=sign_in(),
    # What is read from the notebook must be what was written last; only `outline` depends on nothing but its argument.
    middleware=[response_cache(uncached_tools=["read_note", "list_notes", "search_notes"])],
)


@mcp.tool(annotations=WRITES)
async def write_note(title: Title, text: Text) -> str:
    """Writes a note, or writes it anew."""
    await Notebook.of(caller()).write(title, text)
    return f'Kept "{title}"'


@mcp.tool(annotations=READS)
async def read_note(title: Title) -> str:
    """Reads a note."""
    text = await Notebook.of(caller()).read(title)
    if text is None:
        raise ToolError("there is no note of this title: list_notes tells the titles")
    return text


@mcp.tool(annotations=READS)
async def list_notes() -> list[str]:
    """The titles of all notes."""
    return await Notebook.of(caller()).titles()


@mcp.tool(annotations=READS)
async def search_notes(words: Annotated[str, Field(min_length=1, max_length=200)], ctx: Context) -> list[str]:
    """The titles of the notes that hold all the words. Reports progress, note by note."""
    notebook, wanted, found = Notebook.of(caller()), words.lower().split(), []
    titles = await notebook.titles()
    for number, title in enumerate(titles, 1):
        text = f"{title}\n{await notebook.read(title) or ''}".lower()
        if all(word in text for word in wanted):
            found.append(title)
        await ctx.report_progress(number, len(titles))
    return found


@mcp.tool(annotations=READS)
def outline(text: Text) -> list[str]:
    """The headings of a Markdown text. Answered from the cache the second time."""
    return re.findall(r"^#{1,6} +(.+)$", text, re.MULTILINE)


@mcp.resource("notes://markdown", mime_type="text/markdown")
def markdown() -> str:
    """How notes are written. Kept in the cache."""
    return "# Notes\n\nA note is Markdown: `#` begins a heading, `-` an item of a list, an empty line a paragraph.\n"


@mcp.prompt
def tidy(title: Title) -> str:
    """Asks for a note to be tidied up."""
    return f'Read the note "{title}", give it headings and short paragraphs, and write it back under the same title.'
