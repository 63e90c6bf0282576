; Items, their names, and what may stand before them.
(function_declaration name: (_) @name) @function
(variable_declaration (assignment_statement (variable_list . name: (identifier) @name .) (expression_list . value: (function_definition) .))) @function
(chunk (assignment_statement (variable_list . name: (_) @name .) (expression_list . value: (function_definition) .)) @function)
(block (assignment_statement (variable_list . name: (_) @name .) (expression_list . value: (function_definition) .)) @function)
(chunk (variable_declaration (assignment_statement (variable_list . name: (identifier) @name .))) @variable)

(comment) @lead
