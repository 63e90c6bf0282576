; The names that a scope of its own gives a meaning (@local).
(variable_assignment name: (variable_name) @local)
(for_statement variable: (variable_name) @local)
