; Where names live (@scope), and the nodes whose children are statements (@block).
(program) @block
(compound_statement) @block
(do_group) @block
(subshell) @block
(else_clause) @block
(elif_clause) @block
(case_item) @block

(program) @scope
(function_definition) @scope
(subshell) @scope
