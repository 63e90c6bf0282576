; Where names live (@scope), and the nodes whose children are statements (@block).
(source_file) @block
(statement_list) @block

(source_file) @scope
(function_declaration) @scope
(method_declaration) @scope
(func_literal) @scope
(block) @scope
(if_statement) @scope
(for_statement) @scope
(expression_case) @scope
(type_case) @scope
(communication_case) @scope
(default_case) @scope
