//! What may leave the process: prompts under a budget, redacted, and model text turned back into completions and edits.
