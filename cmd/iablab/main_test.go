package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestWrongUseIsOneSentenceAndStartsNothing(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"up", "--daemons", "0"}, "start 0 daemons: at least one is needed"},
		{[]string{"up", "--daemons", "0", "--cluster", "-1"}, "start -1 daemons: at least one is needed"},
		{[]string{"up", "here"}, `unknown command "here" for "iablab up"`},
		{[]string{"bench", "--parts", "loop,all"}, `measure "all": there is no such part`},
		{[]string{"down"}, `unknown command "down" for "iablab"`},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			var out bytes.Buffer
			cmd := newCommand(&out, &out)
			cmd.SetArgs(test.args)
			err := cmd.ExecuteContext(t.Context())
			if err == nil || err.Error() != test.want {
				t.Errorf("got error %v, want %s", err, test.want)
			}
			if out.Len() > 0 {
				t.Errorf("printed %q", &out)
			}
		})
	}
}
