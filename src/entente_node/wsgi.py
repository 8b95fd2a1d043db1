"""The desk as a WSGI application: what ``entente serve`` gives to waitress."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entente_node.settings")

application = get_wsgi_application()
