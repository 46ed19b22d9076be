"""SQL the app's tables need."""

APPEND_ONLY = """
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON agreements_change
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON agreements_means
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
