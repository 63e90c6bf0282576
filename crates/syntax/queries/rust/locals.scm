; The names that a scope of its own gives a meaning (@local).
(let_declaration pattern: (identifier) @local)
(parameter pattern: (identifier) @local)
(closure_parameters (identifier) @local)
(for_expression pattern: (identifier) @local)
(mut_pattern (identifier) @local)
(ref_pattern (identifier) @local)
(tuple_pattern (identifier) @local)
(tuple_struct_pattern (identifier) @local)
(slice_pattern (identifier) @local)
(reference_pattern (identifier) @local)
(match_pattern (identifier) @local)
(captured_pattern (identifier) @local)
(shorthand_field_identifier) @local
