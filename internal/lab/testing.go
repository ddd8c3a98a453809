package lab

import "testing"

// New starts a lab for a test and closes it at the test's end. It fails the test, never skips it, when the machine
// lacks something. When the test has failed, the end of each daemon's log is printed.
func New(t testing.TB, opts Options) *Lab {
	t.Helper()
	if opts.Log == nil {
		opts.Log = t.Output()
	}
	l, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			for _, d := range l.Daemons {
				t.Logf("the log of %s ends with:\n%s", d.Name, d.LogTail(50))
			}
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}
