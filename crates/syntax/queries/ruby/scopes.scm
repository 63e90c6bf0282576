; Where names live (@scope), and the nodes whose children are statements (@block).
(program) @block
(body_statement) @block
(block_body) @block
(do) @block
(then) @block
(else) @block
(ensure) @block
(begin) @block

(program) @scope
(class) @scope
(module) @scope
(method) @scope
(singleton_method) @scope
(block) @scope
(do_block) @scope
(lambda) @scope
