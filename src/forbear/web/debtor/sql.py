"""SQL the app's tables need."""

APPEND_ONLY = """
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON debtor_helperact
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
