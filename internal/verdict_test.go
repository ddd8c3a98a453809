package internal_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestAFailedRunEndsWithWhatItsTestsComplainedOf: the end of a long output is what people see first.
func TestAFailedRunEndsWithWhatItsTestsComplainedOf(t *testing.T) {
	events := []string{
		`{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:7: the target has:\n"}`,
		`{"Action":"output","Package":"p","Test":"TestA","Output":"        two snapshots\n"}`,
		`{"Action":"output","Package":"p","Test":"TestA","Output":"        time=\"12:00\" level=error\n"}`,
		`{"Action":"output","Package":"p","Test":"TestA","Output":"    the lab is closed\n"}`,
		`{"Action":"fail","Package":"p","Test":"TestA"}`,
		`{"Action":"pass","Package":"p","Test":"TestB"}`,
		`{"Action":"output","Package":"p","Output":"the log of a server\n"}`,
		`{"Action":"fail","Package":"p"}`,
	}
	cmd := exec.Command("go", "run", "../.ci/verdict.go", "p")
	cmd.Stdin = strings.NewReader(strings.Join(events, "\n") + "\n")
	out, err := cmd.Output()
	if err == nil {
		t.Error("it says that all is well")
	}
	_, end, _ := strings.Cut(string(out), "the log of a server\n")
	want := "FAILED: p TestA\n    a_test.go:7: the target has:\n        two snapshots\n1 passed, 1 failed, 0 skipped\n"
	if end != want {
		t.Errorf("it ends with\n%swant\n%s", end, want)
	}
}
