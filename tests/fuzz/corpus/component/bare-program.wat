(component
    (core module $m
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 64)
        (func (export "run") (result i32) i32.const 16)
        (func (export "transform") (param i32 i32 i32) (result i32) unreachable))
    (core instance $c (instantiate $m))
    (type $node' (variant
        (case "null") (case "boolean" bool) (case "integer" s64) (case "float" float64) (case "text" string)
        (case "bytes" (list u8)) (case "list" (list u32)) (case "map" (list (tuple string u32)))
        (case "secret" u32) (case "unknown") (case "output" u32)))
    (component $shim
        (type $node' (variant
            (case "null") (case "boolean" bool) (case "integer" s64) (case "float" float64) (case "text" string)
            (case "bytes" (list u8)) (case "list" (list u32)) (case "map" (list (tuple string u32)))
            (case "secret" u32) (case "unknown") (case "output" u32)))
        (import "import-node" (type $node (eq $node')))
        (type $value' (record (field "nodes" (list $node)) (field "root" u32)))
        (import "import-value" (type $value (eq $value')))
        (import "import-run" (func $run (result (result (error string)))))
        (import "import-transform" (func $transform
            (param "callback" u32) (param "arguments" (list $value)) (result (result $value (error string)))))
        (export $n "node" (type $node))
        (type $v' (record (field "nodes" (list $n)) (field "root" u32)))
        (export $v "value" (type $value) (type (eq $v')))
        (export "run" (func $run))
        (export "transform" (func $transform) (func
            (param "callback" u32) (param "arguments" (list $v)) (result (result $v (error string))))))
    (type $value' (record (field "nodes" (list $node')) (field "root" u32)))
    (func $run (result (result (error string)))
        (canon lift (core func $c "run") (memory (core memory $c "memory")) (realloc (core func $c "realloc"))))
    (func $transform (param "callback" u32) (param "arguments" (list $value')) (result (result $value' (error string)))
        (canon lift (core func $c "transform") (memory (core memory $c "memory")) (realloc (core func $c "realloc"))))
    (instance $i (instantiate $shim
        (with "import-node" (type $node')) (with "import-value" (type $value'))
        (with "import-run" (func $run)) (with "import-transform" (func $transform))))
    (export "kim:program/deployment@0.1.0" (instance $i)))