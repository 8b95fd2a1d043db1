"""Django settings of one node; everything that differs between nodes comes from its folder."""

SECRET_KEY = "replaced"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
USE_TZ = True
