"""HTTP of knowledge: documents, their passages, and the trash."""
