"""SQL the app's tables need."""

APPEND_ONLY = """
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON documents_storeddocument
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON documents_signature
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
