; Where names live (@scope), and the nodes whose children are statements (@block).
(chunk) @block
(block) @block

(chunk) @scope
(function_declaration) @scope
(function_definition) @scope
(do_statement) @scope
(for_statement) @scope
(while_statement) @scope
(repeat_statement) @scope
(if_statement) @scope
