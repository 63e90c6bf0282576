; The names that a scope of its own gives a meaning (@local).
(variable_declarator name: (identifier) @local)
(parameter name: (identifier) @local)
(foreach_statement left: (identifier) @local)
(catch_declaration name: (identifier) @local)
(declaration_expression name: (identifier) @local)
(declaration_pattern name: (identifier) @local)
(lambda_expression parameters: (implicit_parameter) @local)
