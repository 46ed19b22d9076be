"""The law on screen: its library, drafts and their publication, notices to acknowledge, replay and what-if."""
