@_exported import GliaTensors
