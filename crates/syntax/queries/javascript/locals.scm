; The names that a scope of its own gives a meaning (@local).
(variable_declarator name: (identifier) @local)
(formal_parameters (identifier) @local)
(arrow_function parameter: (identifier) @local)
(assignment_pattern left: (identifier) @local)
(rest_pattern (identifier) @local)
(array_pattern (identifier) @local)
(shorthand_property_identifier_pattern) @local
(for_in_statement left: (identifier) @local)
(catch_clause parameter: (identifier) @local)
