package main

import (
	"testing"
	"time"
)

func TestTheTimeOfAnArchiveIsReadFromTheLogOfTheRun(t *testing.T) {
	log := `{"level":"INFO","msg":"done","verb":"copy","took":"3s"}
{"level":"DEBUG","msg":"begun","verb":"archive"}
{"level":"INFO","msg":"done","verb":"archive","took":"120ms"}
`
	if took, err := archiveTook(log); err != nil || took != 120*time.Millisecond {
		t.Errorf("got %s, %v", took, err)
	}
	for _, wrong := range []string{"", `{"verb":"copy","took":"3s"}`, "no log", `{"verb":"archive","took":"soon"}`} {
		if took, err := archiveTook(wrong); err == nil {
			t.Errorf("%q gives %s", wrong, took)
		}
	}
}
