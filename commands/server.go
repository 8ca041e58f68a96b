package commands

func serverRows() []Row { return nil }
