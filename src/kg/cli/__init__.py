"""The command ``kg``: fmt, check, links, build, diff, release, query, export, load, push, serve,
w3id, bench, ui.

Answers go to standard output, everything else to standard error. Exit code 0 means done, 1 a fault that is
told in a sentence, 2 a wrong way of calling, 130 interrupted. Modules are imported by the commands that need
them, so that ``kg --help`` is quick.
"""

import sys
from typing import Any

import click

from kg import __version__, exits
from kg.cli import asking, authoring, interface, measuring, running, versions


class _Group(click.Group):
    """Ends every fault with a sentence and an exit code, never with a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and exit."""
        kwargs = {**kwargs, "standalone_mode": False, "prog_name": "kg"}
        sys.exit(exits.exit_code(lambda: super(_Group, self).main(*args, **kwargs)))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of work."""
        return list(self.commands)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="kg %(version)s")
def main() -> None:
    """Work with Connectivity KG, the knowledge graph of ecological-connectivity initiatives.

    In a folder that holds ontology/connectivity.ttl, the commands use its ontology/, data/ and shapes/, and
    say so; elsewhere they use the copy that was installed. KG_CONTENT names another folder or RDF file.

    \b
    Examples:
      kg serve                          answer SPARQL queries at http://127.0.0.1:8000/
      kg query 07                       ask the competency question that begins with 07
      kg fmt && kg check                write canonical Turtle, then check everything
      kg diff git:HEAD .                what changed since the last commit, in words
      kg export --format trig --out connectivity.trig
    """


for command in (
    authoring.format_turtle_files,
    authoring.check_content,
    authoring.links,
    authoring.build_dataset,
    versions.tell_difference,
    versions.make_release,
    asking.ask,
    asking.export_dataset,
    running.load_files,
    running.push_content,
    running.run_server,
    running.redirect_rules,
    measuring.bench,
    interface.interface,
):
    main.add_command(command)
