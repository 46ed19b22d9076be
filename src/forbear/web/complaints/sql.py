"""SQL the app's tables need."""

APPEND_ONLY = """
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON complaints_complaintchange
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON complaints_evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
