@_exported import GliaFormats
@_exported import GliaNeuralNetworks
@_exported import GliaTables
@_exported import GliaTensors
@_exported import GliaTraining
