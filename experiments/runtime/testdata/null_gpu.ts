/**
 * Libraries that look like an H100 with CUDA 12 to TensorFlow and compute nothing: memory is the
 * host's, copies are real, every kernel is skipped. Whole training steps run on them anywhere, which
 * tests placement, copies and what is missing, and no arithmetic.
 */
import { join } from "node:path";
import { type Code, sharedLibrary } from "../shared_library.ts";
import {
  choosesBySecond,
  returns,
  stores,
  storesBytes,
} from "./machine_code.ts";

/** Where a function's first four arguments are, as an address in an instruction. */
const [FIRST, SECOND] = [0x07, 0x06];

const DONE = returns(0);

const int32 = (value: number) => [
  ...new Uint8Array(Int32Array.of(value).buffer),
];
const int64 = (value: number) => [
  ...new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
];
const bytes = (text: string) => [...new TextEncoder().encode(`${text}\0`)];

/** Writes a number of 64 bits where an argument points. */
function stores64(value: number, argument = FIRST): Code {
  return [0x48, 0xb8, ...int64(value), 0x48, 0x89, argument, ...DONE];
}

/** Writes another number each time where an argument points: a handle, of which nothing is read. */
function makesHandle(argument = FIRST): Code {
  // deno-fmt-ignore
  return [
    0xb8, ...int32(64), 0xf0, 0x48, 0x0f, 0xc1, 0x05, ...int32(15),
    0x48, 0x05, ...int32(0x100000), 0x48, 0x89, argument, ...DONE, ...int64(0),
  ];
}

/** Maps as much memory as the second argument says, and writes where it is. */
// deno-fmt-ignore
const ALLOCATES: Code = [
  0x57, 0x31, 0xff, 0xba, ...int32(3), 0x41, 0xba, ...int32(0x4022),
  0x41, 0xb8, ...int32(-1), 0x45, 0x31, 0xc9, 0xb8, ...int32(9), 0x0f, 0x05,
  0x5f, 0x48, 0x89, 0x07, ...DONE,
];

/** To the first argument, from the second, as many bytes as the third says. */
const COPIES: Code = [0x48, 0x89, 0xd1, 0xf3, 0xa4, ...DONE];

/** From the first argument on, the second, as often as the third says. */
const FILLS = { bytes: 0xaa, words: 0xab };
function fills(what: keyof typeof FILLS): Code {
  return [0x89, 0xf0, 0x48, 0x89, 0xd1, 0xf3, FILLS[what], ...DONE];
}

/** Copies bytes to where the first argument points. */
function storesMany(data: readonly number[]): Code {
  // deno-fmt-ignore
  return [
    0x48, 0x8d, 0x35, ...int32(13), 0xb9, ...int32(data.length),
    0xf3, 0xa4, ...DONE, ...data,
  ];
}

/** Writes the number of an attribute, the second argument, where the first points. */
function tells(attributes: Readonly<Record<number, number>>): Code {
  const table = Array.from({ length: 128 }, (_, i) => attributes[i] ?? 0);
  // deno-fmt-ignore
  return [
    0x89, 0xf6, 0x83, 0xfe, 0x7f, 0x77, 18,
    0x48, 0x8d, 0x05, ...int32(23), 0x8b, 0x04, 0xb0, 0x89, 0x07, ...DONE,
    ...stores(0), ...table.flatMap(int32),
  ];
}

/** Writes where a text is where its second argument points, or returns it. */
function namesBySecond(text: string): Code {
  return [
    0x48,
    0x8d,
    0x05,
    ...int32(9),
    0x48,
    0x89,
    0x06,
    ...DONE,
    ...bytes(text),
  ];
}
function returnsText(text: string): Code {
  return [0x48, 0x8d, 0x05, ...int32(1), 0xc3, ...bytes(text)];
}

/** Writes 0 where an argument beyond the sixth points. */
function clearsOnStack(argument: number): Code {
  // deno-fmt-ignore
  return [
    0x48, 0x8b, 0x7c, 0x24, 8 * (argument - 6),
    0x48, 0xc7, 0x07, ...int32(0), ...DONE,
  ];
}

const MEMORY = 80 * 1024 ** 3;

/** Room for each constant of a program of XLA's, which copies it there. */
const CONSTANT = 2 ** 26;

/** Free, and in all. */
const TELLS_MEMORY: Code = [
  ...[0x48, 0xb8, ...int64(MEMORY - 2 ** 31), 0x48, 0x89, 0x07],
  ...stores64(MEMORY, SECOND),
];

/** In CUDA's numbers of attributes. */
// deno-fmt-ignore
const ATTRIBUTES = {
  1: 1024, 2: 1024, 3: 1024, 4: 64, 5: 2147483647, 6: 65535, 7: 65535, 8: 49152, 10: 32,
  12: 65536, 13: 1980000, 16: 132, 36: 2619000, 37: 5120, 38: 52428800, 39: 2048, 41: 1,
  75: 9, 76: 0, 81: 233472, 82: 65536, 97: 232448,
};

/** `cudaDeviceProp` of CUDA 12, by the places of its members. */
function properties(): number[] {
  const data = new Uint8Array(1032);
  const view = new DataView(data.buffer);
  data.set(bytes("Null H100"));
  const long = { 288: MEMORY, 296: 49152, 640: 233472 };
  // deno-fmt-ignore
  const short = {
    304: 65536, 308: 32, 320: 1024, 324: 1024, 328: 1024, 332: 64, 336: 2147483647,
    340: 65535, 344: 65535, 360: 9, 388: 132, 624: 2048, 648: 65536,
  };
  for (const [at, value] of Object.entries(long)) {
    view.setBigUint64(Number(at), BigInt(value), true);
  }
  for (const [at, value] of Object.entries(short)) {
    view.setInt32(Number(at), value, true);
  }
  return [...data];
}

/** Calls the second argument with the third. */
// deno-fmt-ignore
const CALLS: Code = [
  0x48, 0x89, 0xd7, 0x48, 0x83, 0xec, 8, 0xff, 0xd6, 0x48, 0x83, 0xc4, 8, ...DONE,
];

/** Calls the second argument with the first, 0 and the third. */
// deno-fmt-ignore
const CALLS_BACK: Code = [
  0x48, 0x89, 0xf0, 0x31, 0xf6, 0x48, 0x83, 0xec, 8, 0xff, 0xd0, 0x48, 0x83, 0xc4, 8, ...DONE,
];

/** One algorithm, of zeros. */
// deno-fmt-ignore
const FINDS_ALGORITHM: Code = [
  0x48, 0x8b, 0x7c, 0x24, 24, 0xb9, ...int32(96), 0x31, 0xc0, 0xf3, 0xaa,
  0x48, 0x8b, 0x7c, 0x24, 32, ...stores(1),
];

/** Zeros at the third argument, as many as the fourth says, which goes where the fifth points. */
// deno-fmt-ignore
const TELLS_ZEROS: Code = [
  0x48, 0x89, 0xd7, 0x49, 0x89, 0xc9, 0x31, 0xc0, 0xf3, 0xaa,
  0x4d, 0x85, 0xc0, 0x74, 3, 0x4d, 0x89, 0x08, ...DONE,
];

/** One value, 0, of every attribute but those that list notes and knobs: there are none. */
function tellsOfBackend(): Code {
  const lists = [302, 1302, 1303, 1305];
  // deno-fmt-ignore
  return [
    0x4d, 0x85, 0xc0, 0x74, 16 + 8 * lists.length, 0x49, 0xc7, 0x00, ...int32(1),
    ...lists.flatMap((list, i) => [
      0x81, 0xfe, ...int32(list), 0x74, 8 * (lists.length - 1 - i) + 2,
    ]),
    0xeb, 7, 0x49, 0xc7, 0x00, ...int32(0),
    0x4d, 0x85, 0xc9, 0x74, 17, 0x48, 0x85, 0xc9, 0x7e, 12, 0x83, 0xfa, 15, 0x74, 7,
    0x49, 0xc7, 0x01, ...int32(0), ...DONE,
  ];
}

/** Version 9.19, by part. */
// deno-fmt-ignore
const TELLS_VERSION: Code = [
  0x85, 0xff, 0x75, 12, 0xc7, 0x06, ...int32(9), ...DONE, 0xc7, 0x06, ...int32(19), ...DONE,
];

/** Counts its calls; one with nothing as its first argument is told their number, and starts anew. */
// deno-fmt-ignore
const COUNTS: Code = [
  0x48, 0x85, 0xff, 0x74, 10, 0xf0, 0xff, 0x05, ...int32(12), 0x31, 0xc0, 0xc3,
  0x31, 0xc0, 0x87, 0x05, ...int32(1), 0xc3, ...int32(0),
];

const HANDLE = makesHandle();
const text = (words: string) => storesBytes(Uint8Array.from(bytes(words)));
const attributes = (values: Record<number, number>) => {
  const data = new Uint8Array(48);
  for (const [at, value] of Object.entries(values)) {
    data.set(int32(value), Number(at));
  }
  return storesBytes(data);
};
const tenth = 0x3dcccccd; // of a millisecond, as a float

/** What does more than to return 0. */
const SPECIAL: Readonly<Record<string, Code>> = {
  cuDriverGetVersion: stores(13_000),
  cuDeviceGetCount: stores(1),
  cuDeviceGet: stores(0),
  cuDeviceGetName: text("Null H100"),
  cuDeviceTotalMem_v2: stores64(MEMORY),
  cuDeviceGetPCIBusId: text("0000:01:00.0"),
  cuDeviceGetAttribute: tells(ATTRIBUTES),
  cuDevicePrimaryCtxRetain: stores64(0x1000),
  cuDevicePrimaryCtxGetState: [
    0xc7,
    0x06,
    ...int32(0),
    0xc7,
    0x02,
    ...int32(0),
    ...DONE,
  ],
  cuCtxGetCurrent: stores64(0x1000),
  cuCtxPopCurrent_v2: [
    0x48,
    0x85,
    0xff,
    0x74,
    13,
    ...stores64(0x1000),
    ...DONE,
  ],
  cuCtxGetDevice: stores(0),
  cuMemGetInfo_v2: TELLS_MEMORY,
  cuMemAlloc_v2: ALLOCATES,
  cuMemHostAlloc: ALLOCATES,
  cuStreamCreate: HANDLE,
  cuStreamCreateWithPriority: HANDLE,
  cuEventCreate: HANDLE,
  cuEventElapsedTime: stores(tenth),
  cuMemcpyHtoD_v2: COPIES,
  cuMemcpyDtoH_v2: COPIES,
  cuMemcpyHtoDAsync_v2: COPIES,
  cuMemcpyDtoHAsync_v2: COPIES,
  cuMemcpyDtoDAsync_v2: COPIES,
  cuMemsetD8_v2: fills("bytes"),
  cuMemsetD8Async: fills("bytes"),
  cuMemsetD32_v2: fills("words"),
  cuMemsetD32Async: fills("words"),
  cuLaunchHostFunc: CALLS,
  cuLaunchKernel: COUNTS,
  cuLaunchKernelEx: COUNTS,
  cuGraphLaunch: COUNTS,
  cuDeviceCanAccessPeer: stores(0),
  cuCtxGetStreamPriorityRange: [0xc7, 0x06, ...int32(-5), ...stores(0)],
  cuGetErrorName: namesBySecond("NULL_GPU"),
  cuGetErrorString: namesBySecond("null GPU"),
  cuPointerGetAttribute: [0xc7, 0x07, ...int32(0), ...returns(1)],
  cuStreamIsCapturing: [0xc7, 0x06, ...int32(0), ...DONE],
  cuModuleLoadData: HANDLE,
  cuModuleLoadDataEx: HANDLE,
  cuModuleLoadFatBinary: HANDLE,
  cuModuleGetFunction: HANDLE,
  cuModuleGetGlobal_v2: [
    ...[0x48, 0x85, 0xf6, 0x74, 7, 0x48, 0xc7, 0x06, ...int32(CONSTANT)],
    ...[0xbe, ...int32(CONSTANT), ...ALLOCATES],
  ],
  cuFuncGetAttribute: choosesBySecond(0, stores(1024), stores(32)),
  cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags: stores(2),
  cuGraphCreate: HANDLE,
  cuGraphAddKernelNode_v2: HANDLE,
  cuGraphAddMemcpyNode: HANDLE,
  cuGraphAddMemsetNode: HANDLE,
  cuGraphAddEmptyNode: HANDLE,
  cuGraphAddChildGraphNode: HANDLE,
  cuGraphInstantiateWithFlags: HANDLE,
  cuGraphGetNodes: [0x48, 0xc7, 0x02, ...int32(1), ...DONE],
  cuGraphGetRootNodes: [0x48, 0xc7, 0x02, ...int32(1), ...DONE],
  cuStreamEndCapture: makesHandle(SECOND),
  cuDeviceGetDefaultMemPool: HANDLE,
  cuMemGetAllocationGranularity: stores64(2097152),

  nvmlSystemGetDriverVersion: text("580.00"),

  cudaGetDevice: stores(0),
  cudaGetDeviceCount: stores(1),
  cudaDeviceGetStreamPriorityRange: [0xc7, 0x06, ...int32(-5), ...stores(0)],
  cudaGetDeviceProperties_v2: storesMany(properties()),
  cudaRuntimeGetVersion: stores(12_090),
  cudaDriverGetVersion: stores(13_000),
  __cudaRegisterFatBinary: returnsText("a handle"),
  cudaMemGetInfo: TELLS_MEMORY,
  cudaDeviceGetAttribute: tells(ATTRIBUTES),
  cudaGetErrorString: returnsText("null GPU"),
  cudaGetErrorName: returnsText("nullGpu"),
  cudaLaunchKernel: COUNTS,
  cudaMalloc: ALLOCATES,
  cudaMemcpyAsync: COPIES,
  cudaMemsetAsync: fills("bytes"),
  cudaFuncGetAttributes: attributes({ 24: 1024, 28: 32, 32: 90, 36: 90 }),
  cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags: stores(2),
  cudaGetFuncBySymbol: HANDLE,
  cudaEventCreate: HANDLE,
  cudaEventCreateWithFlags: HANDLE,
  cudaEventElapsedTime: stores(tenth),
  cudaHostGetFlags: [0xc7, 0x07, ...int32(0), ...returns(1)],
  cudaStreamAddCallback: CALLS_BACK,

  cublasCreate_v2: HANDLE,
  cublasGetVersion_v2: [0xc7, 0x06, ...int32(120_900), ...DONE],
  cublasGetMathMode: [0xc7, 0x06, ...int32(0), ...DONE],
  cublasGetPointerMode_v2: [0xc7, 0x06, ...int32(0), ...DONE],
  cublasGetStream_v2: stores64(0, SECOND),
  cublasGetStatusString: returnsText("null"),

  cublasLtCreate: HANDLE,
  cublasLtMatmulDescCreate: HANDLE,
  cublasLtMatrixLayoutCreate: HANDLE,
  cublasLtMatmulPreferenceCreate: HANDLE,
  cublasLtMatmulAlgoGetHeuristic: FINDS_ALGORITHM,
  cublasLtMatmulDescGetAttribute: TELLS_ZEROS,
  cublasLtMatrixLayoutGetAttribute: TELLS_ZEROS,

  cudnnGetVersion: returns(91_900),
  cudnnGetProperty: TELLS_VERSION,
  cudnnCreate: HANDLE,
  cudnnGetErrorString: returnsText("null"),
  cudnnCreateTensorDescriptor: HANDLE,
  cudnnCreateFilterDescriptor: HANDLE,
  cudnnCreateConvolutionDescriptor: HANDLE,
  cudnnCreateActivationDescriptor: HANDLE,
  cudnnCreatePoolingDescriptor: HANDLE,
  cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize: clearsOnStack(9),
  cudnnGetBatchNormalizationBackwardExWorkspaceSize: clearsOnStack(11),
  cudnnGetBatchNormalizationTrainingExReserveSpaceSize: [
    ...[0x49, 0xc7, 0x01, ...int32(0)],
    ...DONE,
  ],
  cudnnGetStream: stores64(0, SECOND),
  cudnnBackendCreateDescriptor: makesHandle(SECOND),
  cudnnBackendGetAttribute: tellsOfBackend(),
};

/** What TensorFlow calls, by library. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  "libcuda.so.1": `
    cuCtxEnablePeerAccess cuCtxGetCurrent cuCtxGetDevice cuCtxGetStreamPriorityRange
    cuCtxPopCurrent_v2 cuCtxPushCurrent_v2 cuCtxSetCurrent cuCtxSynchronize
    cuDeviceCanAccessPeer cuDeviceGet cuDeviceGetAttribute cuDeviceGetCount
    cuDeviceGetDefaultMemPool cuDeviceGetName cuDeviceGetPCIBusId cuDeviceGraphMemTrim
    cuDevicePrimaryCtxGetState cuDevicePrimaryCtxRelease_v2 cuDevicePrimaryCtxRetain
    cuDevicePrimaryCtxSetFlags_v2 cuDeviceTotalMem_v2 cuDriverGetVersion cuEventCreate
    cuEventDestroy_v2 cuEventElapsedTime cuEventQuery cuEventRecord cuEventSynchronize
    cuFuncGetAttribute cuFuncSetAttribute cuFuncSetCacheConfig cuGetErrorName cuGetErrorString
    cuGraphAddChildGraphNode cuGraphAddEmptyNode cuGraphAddKernelNode_v2 cuGraphAddMemcpyNode
    cuGraphAddMemsetNode cuGraphAddNode_v2 cuGraphChildGraphNodeGetGraph
    cuGraphConditionalHandleCreate cuGraphCreate cuGraphDebugDotPrint cuGraphDestroy
    cuGraphExecChildGraphNodeSetParams cuGraphExecDestroy cuGraphExecKernelNodeSetParams_v2
    cuGraphExecMemcpyNodeSetParams cuGraphExecMemsetNodeSetParams cuGraphGetNodes
    cuGraphGetRootNodes cuGraphInstantiateWithFlags cuGraphKernelNodeSetAttribute cuGraphLaunch
    cuGraphNodeGetType cuInit cuLaunchHostFunc cuLaunchKernel cuLaunchKernelEx cuLinkAddData_v2
    cuLinkComplete cuLinkCreate_v2 cuLinkDestroy cuMemAddressFree cuMemAddressReserve
    cuMemAllocFromPoolAsync cuMemAllocManaged cuMemAlloc_v2 cuMemCreate cuMemFreeAsync
    cuMemFreeHost cuMemFree_v2 cuMemGetAddressRange_v2 cuMemGetAllocationGranularity
    cuMemGetInfo_v2 cuMemHostAlloc cuMemHostRegister_v2 cuMemHostUnregister cuMemMap
    cuMemPoolCreate cuMemPoolDestroy cuMemPoolGetAttribute cuMemPoolSetAccess
    cuMemPoolSetAttribute cuMemRelease cuMemRetainAllocationHandle cuMemSetAccess cuMemUnmap
    cuMemcpyDtoDAsync_v2 cuMemcpyDtoHAsync_v2 cuMemcpyDtoH_v2 cuMemcpyHtoDAsync_v2
    cuMemcpyHtoD_v2 cuMemcpyPeerAsync cuMemsetD32Async cuMemsetD32_v2 cuMemsetD8Async
    cuMemsetD8_v2 cuModuleGetFunction cuModuleGetGlobal_v2 cuModuleLoadData cuModuleLoadDataEx
    cuModuleLoadFatBinary cuModuleUnload cuMulticastAddDevice cuMulticastBindMem
    cuMulticastCreate cuMulticastGetGranularity cuMulticastUnbind
    cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags cuPointerGetAttribute
    cuStreamBeginCaptureToGraph cuStreamCreate cuStreamCreateWithPriority cuStreamDestroy_v2
    cuStreamEndCapture cuStreamIsCapturing cuStreamQuery cuStreamSynchronize cuStreamWaitEvent
    cuTensorMapEncodeTiled`,
  "libnvidia-ml.so.1": `
    nvmlDeviceGetCurrPcieLinkGeneration nvmlDeviceGetCurrPcieLinkWidth
    nvmlDeviceGetGpuFabricInfoV nvmlDeviceGetHandleByPciBusId_v2 nvmlDeviceGetNvLinkCapability
    nvmlDeviceGetNvLinkState nvmlErrorString nvmlInit_v2 nvmlShutdown nvmlSystemGetDriverVersion`,
  "libcudart.so.12": `
    __cudaPopCallConfiguration __cudaPushCallConfiguration __cudaRegisterFatBinary
    __cudaRegisterFatBinaryEnd __cudaRegisterFunction __cudaRegisterVar
    __cudaUnregisterFatBinary cudaDeviceGetAttribute cudaDeviceGetStreamPriorityRange
    cudaDeviceSetSharedMemConfig cudaDeviceSynchronize cudaDriverGetVersion cudaEventCreate
    cudaEventCreateWithFlags cudaEventDestroy cudaEventElapsedTime cudaEventRecord
    cudaEventSynchronize cudaFree cudaFuncGetAttributes cudaGetDevice cudaGetDeviceCount
    cudaGetDeviceProperties_v2 cudaGetErrorName cudaGetErrorString cudaGetFuncBySymbol
    cudaGetLastError cudaGraphAddMemcpyNode1D cudaGraphAddMemsetNode
    cudaGraphChildGraphNodeGetGraph cudaGraphGetRootNodes cudaGraphMemcpyNodeSetParams1D
    cudaGraphMemsetNodeSetParams cudaGraphNodeGetDependentNodes cudaHostGetFlags
    cudaLaunchKernel cudaMalloc cudaMemGetInfo cudaMemcpyAsync cudaMemcpyToSymbol
    cudaMemset2DAsync cudaMemsetAsync cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags
    cudaPeekAtLastError cudaRuntimeGetVersion cudaSetDevice cudaStreamAddCallback
    cudaStreamQuery`,
  "libcublas.so.12": `
    cublasCgeam cublasCgemmBatched cublasCgemmStridedBatched cublasCgemm_v2 cublasCgemv_v2
    cublasCgetrfBatched cublasCgetriBatched cublasCgetrsBatched cublasCmatinvBatched
    cublasCreate_v2 cublasCscal_v2 cublasCsscal_v2 cublasCtrsmBatched cublasCtrsm_v2
    cublasCtrsv_v2 cublasDestroy_v2 cublasDgeam cublasDgemmBatched cublasDgemmStridedBatched
    cublasDgemm_v2 cublasDgemv_v2 cublasDgetrfBatched cublasDgetriBatched cublasDgetrsBatched
    cublasDmatinvBatched cublasDscal_v2 cublasDtrsmBatched cublasDtrsm_v2 cublasDtrsv_v2
    cublasGemmBatchedEx cublasGemmEx cublasGemmStridedBatchedEx cublasGetMathMode
    cublasGetPointerMode_v2 cublasGetStatusString cublasGetStream_v2 cublasGetVersion_v2
    cublasSetMathMode cublasSetPointerMode_v2 cublasSetStream_v2 cublasSetWorkspace_v2
    cublasSgeam cublasSgemmBatched cublasSgemmEx cublasSgemmStridedBatched cublasSgemm_v2
    cublasSgemv_v2 cublasSgetrfBatched cublasSgetriBatched cublasSgetrsBatched
    cublasSmatinvBatched cublasSscal_v2 cublasStrsmBatched cublasStrsm_v2 cublasStrsv_v2
    cublasZdscal_v2 cublasZgeam cublasZgemmBatched cublasZgemmStridedBatched cublasZgemm_v2
    cublasZgemv_v2 cublasZgetrfBatched cublasZgetriBatched cublasZgetrsBatched
    cublasZmatinvBatched cublasZscal_v2 cublasZtrsmBatched cublasZtrsm_v2 cublasZtrsv_v2`,
  "libcublasLt.so.12": `
    cublasLtCreate cublasLtDestroy cublasLtMatmul cublasLtMatmulAlgoGetHeuristic
    cublasLtMatmulDescCreate cublasLtMatmulDescDestroy cublasLtMatmulDescGetAttribute
    cublasLtMatmulDescSetAttribute cublasLtMatmulPreferenceCreate
    cublasLtMatmulPreferenceDestroy cublasLtMatmulPreferenceSetAttribute
    cublasLtMatrixLayoutCreate cublasLtMatrixLayoutDestroy cublasLtMatrixLayoutGetAttribute
    cublasLtMatrixLayoutSetAttribute`,
  "libcudnn.so.9": `
    cudnnAdvVersionCheck cudnnBackendCreateDescriptor cudnnBackendDestroyDescriptor
    cudnnBackendExecute cudnnBackendFinalize cudnnBackendGetAttribute cudnnBackendSetAttribute
    cudnnBatchNormalizationBackward cudnnBatchNormalizationBackwardEx
    cudnnBatchNormalizationForwardInference cudnnBatchNormalizationForwardTraining
    cudnnBatchNormalizationForwardTrainingEx cudnnBuildRNNDynamic cudnnCTCLoss cudnnCreate
    cudnnCreateActivationDescriptor cudnnCreateCTCLossDescriptor
    cudnnCreateConvolutionDescriptor cudnnCreateDropoutDescriptor cudnnCreateFilterDescriptor
    cudnnCreateLRNDescriptor cudnnCreatePoolingDescriptor cudnnCreateRNNDataDescriptor
    cudnnCreateRNNDescriptor cudnnCreateTensorDescriptor cudnnDestroy
    cudnnDestroyActivationDescriptor cudnnDestroyCTCLossDescriptor
    cudnnDestroyConvolutionDescriptor cudnnDestroyDropoutDescriptor cudnnDestroyFilterDescriptor
    cudnnDestroyLRNDescriptor cudnnDestroyPoolingDescriptor cudnnDestroyRNNDataDescriptor
    cudnnDestroyRNNDescriptor cudnnDestroyTensorDescriptor cudnnDropoutGetStatesSize
    cudnnGetBatchNormalizationBackwardExWorkspaceSize
    cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize
    cudnnGetBatchNormalizationTrainingExReserveSpaceSize cudnnGetCTCLossWorkspaceSize
    cudnnGetConvolutionNdForwardOutputDim cudnnGetErrorString cudnnGetLastErrorString
    cudnnGetProperty cudnnGetRNNDescriptor_v8 cudnnGetRNNTempSpaceSizes cudnnGetRNNWeightParams
    cudnnGetRNNWeightSpaceSize cudnnGetStream cudnnGetTensorNdDescriptor cudnnGetVersion
    cudnnGraphVersionCheck cudnnLRNCrossChannelBackward cudnnLRNCrossChannelForward
    cudnnOpsVersionCheck cudnnPoolingBackward cudnnPoolingForward cudnnRNNBackwardData_v8
    cudnnRNNBackwardWeights_v8 cudnnRNNForward cudnnReorderFilterAndBias
    cudnnSetActivationDescriptor cudnnSetCTCLossDescriptorEx cudnnSetConvolutionGroupCount
    cudnnSetConvolutionNdDescriptor cudnnSetDropoutDescriptor cudnnSetFilterNdDescriptor
    cudnnSetLRNDescriptor cudnnSetPoolingNdDescriptor cudnnSetRNNDataDescriptor
    cudnnSetRNNDescriptor_v8 cudnnSetStream cudnnSetTensor4dDescriptor
    cudnnSetTensorNdDescriptor cudnnTransformTensor`,
  "libcufft.so.11": "",
  "libcusolver.so.11": "",
  "libcusparse.so.12": "",
};

/** Writes the libraries into a folder, for `LD_LIBRARY_PATH`. */
export async function writeNullGpu(folder: string): Promise<void> {
  for (const [library, words] of Object.entries(FUNCTIONS)) {
    const names = words.split(/\s+/).filter(Boolean);
    const functions = names.map((name) => [name, SPECIAL[name] ?? DONE]);
    await Deno.writeFile(
      join(folder, library),
      sharedLibrary(library, Object.fromEntries(functions)),
    );
  }
}
