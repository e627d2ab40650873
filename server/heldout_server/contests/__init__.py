"""Contests as folders, `heldout.contest/1`: read, checked, added, exported, made and taken over.

`check.check` lists every problem of a folder or zip; `adding.open_contest` opens one without any;
`preview.preview` looks at whatever was dropped; `folder_export.export` writes one out again.
"""
