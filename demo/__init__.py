"""What a developer's machine, the demo and the tests need besides the portal itself.

`database` drives an embedded PostgreSQL, `mail_sink` receives every e-mail and shows it in the browser, `demo` starts
all of it together and `journey` walks through it as a member would. Production uses nothing from here.
"""
