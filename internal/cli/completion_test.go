package cli

import (
	"os/exec"
	"strings"
	"testing"
)

func TestEveryShellGetsAScript(t *testing.T) {
	for _, shell := range shells {
		t.Run(shell, func(t *testing.T) {
			script := newStage(t).iab([]string{"completion", shell})
			if !strings.Contains(script, "__complete") || strings.Contains(script, "2| ") {
				t.Errorf("want a script that asks iab for completions, got:\n%.300s", script)
			}
			if shell != "bash" {
				return
			}
			check := exec.Command("bash", "-n")
			check.Stdin = strings.NewReader(script)
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("bash does not take the script: %v\n%s", err, out)
			}
		})
	}
}
