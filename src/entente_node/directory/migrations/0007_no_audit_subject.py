"""An index that no query could use: who looks for a code looks into what lists showed as well."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("directory", "0006_audit_cut")]

    operations = [migrations.RemoveIndex(model_name="auditentry", name="audit_subject")]
