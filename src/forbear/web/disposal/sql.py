"""SQL the app's tables need."""

APPEND_ONLY = """
CREATE SEQUENCE IF NOT EXISTS disposal_number;
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON disposal_disposalchange
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON disposal_writeoffproof
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
