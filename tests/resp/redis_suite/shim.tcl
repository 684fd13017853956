# Runs the test suite of Redis against a server without FLUSHALL, FLUSHDB and FUNCTION. Its client looks for
# methods of these names before it sends a command: here every key is found by SCAN and removed by DEL.
# To be started in the folder of Redis' source, with the arguments of its runtest.

namespace eval ::redis {}

proc ::redis::__method__flushall {id fd args} {
    set cursor 0
    while 1 {
        lassign [__dispatch__raw__ $id scan [list $cursor count 1000]] cursor keys
        if {[llength $keys] > 0} {
            __dispatch__raw__ $id del $keys
        }
        if {$cursor == 0} {
            return OK
        }
    }
}

proc ::redis::__method__flushdb {id fd args} {
    __method__flushall $id $fd
}

proc ::redis::__method__function {id fd args} {
    return OK
}

# Evaluated, not sourced: the suite starts processes of its own by the name of this script.
set file [open tests/test_helper.tcl]
set helper [read $file]
close $file
eval $helper
