"""Renderings of a Run: text, JSON, Markdown, HTML and figures."""
