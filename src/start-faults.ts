import type { Config } from './config.ts'
import { ContactsError } from './contacts.ts'
import { StartError } from './store/start-error.ts'

/** Why the service could not start, in words for the person who must mend it; what nobody foresaw keeps its stack. */
export function explainStartFault(error: unknown, config: Pick<Config, 'http'>): string {
  if (error instanceof StartError || error instanceof ContactsError) return error.message
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: unknown }
  switch (code) {
    case 'EADDRINUSE':
      return `Cổng ${config.http.port} đang có chương trình khác dùng. Hãy dừng chương trình đó, hoặc đặt PORT sang số khác (ví dụ PORT=3001).`
    case 'EACCES':
      return `Không được phép mở cổng ${config.http.port} hoặc ghi vào thư mục dữ liệu. Hãy đặt PORT lớn hơn 1024 và kiểm tra quyền của DATA_DIR.`
    case 'ENOSPC':
      return 'Ổ đĩa đã đầy. Hãy giải phóng chỗ trống rồi chạy lại; dữ liệu đã lưu vẫn còn nguyên.'
    case 'flows_invalid':
    case 'unit_data_invalid':
    case 'intent_rules_invalid':
    case 'data_file_faults':
    case 'templates_invalid':
      return error.message
  }
  if (error.name === 'MongooseServerSelectionError' || error.name === 'MongoServerSelectionError') {
    return 'Không kết nối được MongoDB. Hãy kiểm tra MONGODB_URI và máy chủ MongoDB (phải là replica set).'
  }
  return error.stack ?? error.message
}
