"""What one payment costs, measured on the whole portal as it runs in production, beside what bounds it in the same run.

gunicorn, PostgreSQL with fsync on, the worker, the gateway's stand-in and the mail server are processes of their own.
Members do the whole journey over HTTP: log in, menu, greeting, choose three dues, summary, PAGA AQUÍ, card, return,
confirmation; the worker issues, signs and mails the receipt. CPU is that of each process with its children.
"""
