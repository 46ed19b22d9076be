"""SQL the app's tables need."""

APPEND_ONLY = """
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON credit_creditline
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON credit_creditcorrection
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON credit_creditdownload
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON credit_objectionchange
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
