package plan_test

import (
	"testing"

	"iab/internal/plan"
)

func TestSizesHaveTheUnitThatLeavesFewDigits(t *testing.T) {
	for number, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 KiB", 150 << 10: "150 KiB", 1 << 20: "1.0 MiB", 5 << 40: "5.0 TiB", 1 << 62: "4096 PiB",
	} {
		if got := plan.Size(number); got != want {
			t.Errorf("%d bytes are %s, want %s", number, got, want)
		}
	}
}
