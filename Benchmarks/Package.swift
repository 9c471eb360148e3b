// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v14)],
  dependencies: [.package(name: "Glia", path: "..")],
  targets: [.executableTarget(name: "bench", dependencies: [.product(name: "Glia", package: "Glia")])]
)
