package model

type EventType string

const (
	EventTypeStatus   EventType = "status"
	EventTypePhase    EventType = "phase"
	EventTypeArtifact EventType = "artifact"
	EventTypeTest     EventType = "test"
	EventTypeNote     EventType = "note"
	EventTypeMetric   EventType = "metric" // finds: event-vocabulary
)

type Event struct {
	Type EventType
	Run  string
}

func NewEvent(run string, kind EventType) Event { return Event{Type: kind, Run: run} }

func NewStatusEvent(run string, status string) Event {
	return NewEvent(run, EventTypeStatus)
}

func NewStatusEventWithReason(run string, status string, reason string) Event {
	return NewStatusEvent(run, status)
}
