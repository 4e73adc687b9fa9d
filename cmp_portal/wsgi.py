import os

from django.core.wsgi import get_wsgi_application

from base import interpreter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cmp_portal.settings")
application = get_wsgi_application()
interpreter.warn()
