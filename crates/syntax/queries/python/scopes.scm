; Where names live (@scope), and the nodes whose children are statements (@block).
(module) @block
(block) @block

(module) @scope
(class_definition) @scope
(function_definition) @scope
(lambda) @scope
(list_comprehension) @scope
(dictionary_comprehension) @scope
(set_comprehension) @scope
(generator_expression) @scope
