"""Entries of BibTeX."""

from kg.references import entry


def test_commands_of_tex_are_escaped_and_empty_fields_left_out() -> None:
    text = entry(
        "misc",
        "a b/c",
        {"title": "{50 % of A_B & C}", "note": r"x\y~z^#$", "date": "", "url": "https://a.example/~x_y"},
    )
    assert text == (
        "@misc{a-b-c,\n"
        r"  title = {{50 \% of A\_B \& C}}," + "\n"
        r"  note = {x\textbackslash{}y\textasciitilde{}z\textasciicircum{}\#\$}," + "\n"
        "  url = {https://a.example/~x_y},\n}\n"
    )
