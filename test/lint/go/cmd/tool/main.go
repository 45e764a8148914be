package main

import "example.org/runs/internal/model"

func main() {
	_ = model.NewStatusEvent("r", "done") // finds: run-status (passed)
}
